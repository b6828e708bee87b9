from sim.kernel import Pool, assemble, delay, prepare, release, run, seize


def test_prepared_engine_runs_as_any_other(engine):
    prepare(engine)
    trace = run(assemble([Pool.of("lane", 1)], [(0.0, [seize("lane"), delay(2.0), release("lane")])]), engine)
    assert trace.ended_min.tolist() == [0.0, 2.0, 2.0]
