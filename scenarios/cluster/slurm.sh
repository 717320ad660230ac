#!/bin/bash
# A sweep as a Slurm array: one task a shard. Plan it first, on storage that every node sees:
#
#     onetape sweep plan FILE --grid … --out /shared/sweep
#     sbatch --array=0-99 --export=ALL,PLAN=/shared/sweep/plan.json,SHARDS=100 slurm.sh
#
# Tasks are numbered from 0. A task that is requeued goes on where it was; merge when all have ended:
#
#     onetape sweep merge --plan /shared/sweep/plan.json
#
#SBATCH --requeue
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=02:00:00
#SBATCH --signal=B:TERM@60
set -u

onetape sweep run --plan "$PLAN" --shard-from-env --shards "$SHARDS" --threads "${SLURM_CPUS_PER_TASK:-1}" &
child=$!
# Slurm tells the script a minute before its time is up; the shard keeps what it has and ends with 75.
trap 'kill -TERM "$child"' TERM
wait "$child"
code=$?
if [ "$code" -gt 128 ]; then
    wait "$child"
    code=$?
fi
if [ "$code" -eq 75 ]; then
    # Temporary: the same task again.
    exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
