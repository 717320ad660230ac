"""A cluster of Dask on this machine: two workers with a thread each, and nannies that start them anew."""

from dask.distributed import LocalCluster

from processes import Wrong, gone, kill, title

SCRIPT = "dask_sweep.py"
ADDRESS = "--scheduler"
KILLS = ("worker",)
# What a shard ends with that was told to stop, and that was told so twice: a worker has many threads, and the system may
# tell the child again as one after the other ends.
STOPPED = (75, 130)


class OnDask:
    """The cluster while it runs."""

    def __enter__(self):
        self.cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
        self.address = self.cluster.scheduler_address
        return self

    def __exit__(self, *_):
        self.cluster.close()

    def kill(self, _what, worker):
        """Kills the worker's process; its nanny lives and starts another."""
        known = [nanny.pid for nanny in self.cluster.workers.values()]
        if worker not in known:
            raise Wrong(f"process {worker} holds a shard and is no worker of Dask ({known}): {title(worker)}")
        kill(worker)
        gone(worker, 120)

    def orphan_must(self, code):
        """Nobody ends the orphan: it must have seen by itself that its worker died, and stopped before its end."""
        if code not in STOPPED:
            raise Wrong(f"the shard whose worker was killed should stop with one of {STOPPED}, and ended with {code}")
