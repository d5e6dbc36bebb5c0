-- One plan for all accepts. Its arrays are never alike, so each was planned anew, which took 3 ms of the 4 that a commit
-- of 64 messages needed; a plan made once takes half a millisecond for the same.
ALTER FUNCTION accept_shards(bigint, bigint[], int[], bool[], bigint[], bigint[], int[], bytea[], bytea[], bigint[], interval)
    SET plan_cache_mode = force_generic_plan;
