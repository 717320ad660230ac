"""A cluster of Ray on this machine: a head without processors, and two nodes with one each."""

import os
import tempfile

from processes import Wrong, gone, kill, state, title

# Of two nodes on two busy cores, none is in a hurry; and nothing is told to anybody.
os.environ.update(
    RAY_USAGE_STATS_ENABLED="0",
    RAY_raylet_start_wait_time_s="300",
    RAY_worker_register_timeout_seconds="300",
    RAY_memory_monitor_refresh_ms="0",
    RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0",
)

from ray.cluster_utils import Cluster  # noqa: E402  (it reads the environment)

SCRIPT = "ray_sweep.py"
ADDRESS = "--address"
# What is killed, one after the other.
KILLS = ("worker", "node")
# Bytes for objects of a node, of which a sweep has none; the least that Ray takes is 75 MiB.
OBJECTS = 80 << 20


class OnRay:
    """The cluster while it runs."""

    def __enter__(self):
        # Sockets lie below it, and their paths must be short.
        self.folder = tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True)
        # A head notes its address in "ray" below this, which it does not make, whatever temp_dir says.
        os.environ["RAY_TMPDIR"] = self.folder.name
        os.mkdir(os.path.join(self.folder.name, "ray"))
        common = {"object_store_memory": OBJECTS, "temp_dir": self.folder.name, "include_dashboard": False}
        self.cluster = Cluster()
        try:
            self.cluster.add_node(wait=False, num_cpus=0, **common)
            for _ in range(2):
                self.cluster.add_node(wait=False, num_cpus=1, **common)
            self.cluster.wait_for_nodes(timeout=300)
        except BaseException:
            self.__exit__()
            raise
        self.address = self.cluster.address
        return self

    def __exit__(self, *_):
        self.cluster.shutdown()
        self.folder.cleanup()

    def kill(self, what, worker):
        """Kills the worker's process, or its node."""
        if not title(worker).startswith("ray::"):
            raise Wrong(f"process {worker} holds a shard and is no worker of Ray: {title(worker)}")
        if what == "worker":
            kill(worker)
        else:
            self.cluster.remove_node(self.node_of(worker), allow_graceful=False)
        gone(worker, 120)

    def node_of(self, worker):
        """The node whose raylet started a worker."""
        raylet = state(worker)[1]
        for node in self.cluster.worker_nodes:
            if any(info.process.pid == raylet for info in node.all_processes["raylet"]):
                return node
        raise Wrong(f"worker {worker} belongs to process {raylet}, which is no node's: {title(raylet)}")

    def orphan_must(self, code):
        """Ray itself may end the children of a worker that died; that it is gone is all that counts."""
