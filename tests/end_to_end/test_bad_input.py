"""Bad input and interruption: one message that says what to mend, an exit code, and nothing left behind."""

import signal
from pathlib import Path

import pytest

from tests.end_to_end.terminal import QUICK, Session, kouan, list_files, list_runs, start_kouan

OUT = (*QUICK, "out=out")
WRONG_WORDS = {
    "wrong key": (("port.facilities.scanner_export.servrs=3",), ["servrs", "'servers'"]),
    "wrong key, added": (("+port.facilities.scanner_export.servrs=3",), ["servrs", "unknown key", "'servers'"]),
    "negative number": (("port.facilities.scanner_export.servers=-3",), ["servers is -3", "greater than 0"]),
    "no such clock time": (("port.hours.china.open='Mo-Su 07:00-25:00'",), ["07:00-25:00", "00:00 to 24:00"]),
    "no hours at all": (("port.hours.china.open=25:00",), ["port.hours.china.open is '25:00'", "07:00-19:00"]),
    "probability above 1": (("port.selections.machine_export.rate=1.5",), ["rate is 1.5", "less than or equal to 1"]),
    "no such facility": (
        ("port.routes.export_truck.through=[collection_yard,scaner_export]",),
        ["port.routes.export_truck.through", "'scaner_export'", "'scanner_export'"],
    ),
    "unknown policy": (("policy=[hours_24x8]",), ["policy", "'hours_24x8'", "hours_24x7"]),
    "colliding policies": (
        ("policy=[hours_24x7,hours_14h]",),
        ["port.hours.china.open", "'hours_24x7'", "'hours_14h'", "choose one"],
    ),
    "no list of policies": (("policy=null",), ["policy=null", "policy=[]"]),
    "no prices": (("costs=null",), ["costs=null", "costs=[]"]),
    "unfinished list": (("policy=[hours_24x7",), ["[hours_24x7"]),
    "two words": (("hours 24x7",), ["hours 24x7"]),
    "word without a value": (("hours_24x7",), ["hours_24x7"]),
}
JARGON = ("Traceback", "Exception", "no viable alternative", "EOF", "EQUAL", "Hydra", "DictConfig", "None")


def assert_refused(folder: Path, words: tuple[str, ...], expected: list[str], before: list[str] | None = None) -> None:
    """Run, and check that one short message names what is wrong and that no file has come or gone."""
    done = kouan(folder, *words)
    assert done.returncode == 2
    assert done.stdout == ""
    (message,) = done.stderr.strip().splitlines()
    assert message.startswith("kouan: ")
    assert [word for word in JARGON if word in message] == []
    for part in expected:
        assert part in message
    assert list_files(folder) == (before or [])


@pytest.mark.slow
@pytest.mark.parametrize("problem", WRONG_WORDS)
def test_wrong_words_are_refused_with_what_is_wrong_and_what_to_do(tmp_path, problem):
    words, expected = WRONG_WORDS[problem]
    assert_refused(tmp_path, (*OUT, *words), expected)


@pytest.mark.slow
def test_every_problem_is_told_at_once(tmp_path):
    done = kouan(tmp_path, *OUT, "seed=-1", "port.facilities.scale_export.servers=0", "engine=fast")
    assert done.returncode == 2
    for part in ("seed is -1", "port.facilities.scale_export.servers is 0", "engine is 'fast'"):
        assert part in done.stderr


@pytest.mark.slow
def test_process_that_is_refused_says_so_in_its_exit_code(tmp_path):
    done = start_kouan(tmp_path, *OUT, "policy=[hours_24x8]")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("kouan: policy: there is no 'hours_24x8'; did you mean 'hours_24x7'")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_unknown_fact_is_refused_with_how_to_find_one(tmp_path):
    assert_refused(tmp_path, ("facts", "N999"), ["nothing about 'N999'"])


@pytest.mark.slow
def test_unknown_choice_of_a_multirun_is_refused(tmp_path):
    done = kouan(tmp_path, "-m", *OUT, "policy=[hours_24x8],[hours_24x7]")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no 'hours_24x8'" in done.stderr
    assert list_runs(tmp_path / "out") == []


@pytest.mark.slow
def test_output_folder_that_cannot_be_made_is_refused_and_left_alone(tmp_path):
    (tmp_path / "taken").write_text("a file in the way")
    words = (*QUICK, "out=taken/deeper")
    assert_refused(tmp_path, words, ["out", "'taken/deeper'", "choose another folder"], ["taken"])
    assert (tmp_path / "taken").read_text() == "a file in the way"


BAD_FILES = {
    "broken YAML": (b"mine:\n  set: {port: [\n", "mine.yaml"),
    "not text": (b"\xff\xfe\x00", "UTF-8"),
    "a list": (b"[1, 2]\n", "mine"),
    "nothing": (b"", "mine"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("content", "expected"), BAD_FILES.values(), ids=BAD_FILES)
def test_own_policy_file_that_cannot_be_used_is_refused(tmp_path, content, expected):
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "mine.yaml").write_bytes(content)
    words = ("--config-dir", ".", *OUT, "policy=[mine]")
    assert_refused(tmp_path, words, [expected], ["policy/mine.yaml"])


@pytest.mark.slow
def test_folder_of_ones_own_that_is_not_there_is_refused(tmp_path):
    assert_refused(tmp_path, ("--config-dir", "nowhere", *OUT), ["nowhere"])


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A small finished run."""
    folder = tmp_path_factory.mktemp("finished")
    done = kouan(folder, "horizon=smoke", "replications=1", "workers=1", "out=out")
    assert done.returncode == 0, done.stderr
    return list_runs(folder / "out")[0]


def copy_of(run: Path, to: Path) -> Path:
    """Return a copy of what `kouan show` reads of a run folder."""
    to.mkdir()
    for name in ("config.yaml", "outcomes.parquet", "queues.parquet", "manifest.json"):
        (to / name).write_bytes((run / name).read_bytes())
    return to


@pytest.mark.slow
@pytest.mark.parametrize("kept", [0.0, 0.5], ids=["empty", "cut short"])
def test_damaged_table_is_refused_and_not_shown(finished, tmp_path, kept):
    run = copy_of(finished, tmp_path / "run")
    table = run / "outcomes.parquet"
    damaged = table.read_bytes()[: int(kept * table.stat().st_size)]
    table.write_bytes(damaged)
    expected = ["run/outcomes.parquet", "damaged", "run the study again"]
    assert_refused(tmp_path, ("show", "run"), expected, list_files(tmp_path))
    assert table.read_bytes() == damaged


@pytest.mark.slow
def test_table_of_another_kind_is_refused(finished, tmp_path):
    run = copy_of(finished, tmp_path / "run")
    (run / "outcomes.parquet").write_bytes((run / "queues.parquet").read_bytes())
    assert_refused(tmp_path, ("show", "run"), ["run/outcomes.parquet"], list_files(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("text", ["a: [", ""], ids=["broken YAML", "empty"])
def test_run_folder_with_unreadable_settings_is_refused(finished, tmp_path, text):
    run = copy_of(finished, tmp_path / "run")
    (run / "config.yaml").write_text(text)
    done = kouan(tmp_path, "show", "run")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "'run' is no run folder that can be read" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("words", [("show",), ("show", ".")])
def test_folder_that_is_no_run_is_refused(tmp_path, words):
    assert_refused(tmp_path, words, ["run folder"])


LONG = ("horizon=year", "replications=4", "workers=2", "engine=simpy", "out=out")
"""Each replication takes much longer than a user would wait after Ctrl-C."""
AT_ONCE_S = 20.0


def assert_interrupted(session: Session, folder: Path) -> None:
    """Check that an interrupted study ended at once, said so in one line, and left nothing."""
    code, said = session.hear_out(AT_ONCE_S)
    assert code == 130
    assert said.strip().splitlines() == [
        "kouan: interrupted; no results were written, but what a sweep has done is kept"
    ]
    assert list_files(folder) == []
    assert not list((folder / "out").glob("*"))
    assert session.wait_until(lambda: not session.processes(), AT_ONCE_S)


@pytest.mark.slow
def test_ctrl_c_ends_a_running_study_and_its_workers_and_leaves_nothing(tmp_path):
    with Session(tmp_path, *LONG) as session:
        assert session.wait_until(lambda: session.busy_workers() >= 2)
        session.interrupt_all()
        assert_interrupted(session, tmp_path)


@pytest.mark.slow
def test_ctrl_c_while_the_workers_start_leaves_nothing(tmp_path):
    with Session(tmp_path, *LONG) as session:
        assert session.wait_until(lambda: len(session.processes()) >= 4)  # the driver, a tracker, two workers
        session.interrupt_all()
        assert_interrupted(session, tmp_path)


@pytest.mark.slow
def test_interrupt_to_the_driver_alone_ends_its_workers_too(tmp_path):
    with Session(tmp_path, *LONG) as session:
        assert session.wait_until(lambda: session.busy_workers() >= 2)
        session.driver.send_signal(signal.SIGINT)
        assert_interrupted(session, tmp_path)


@pytest.mark.slow
def test_interrupt_of_a_study_without_workers_leaves_nothing(tmp_path):
    with Session(tmp_path, *LONG, "workers=1") as session:
        assert session.wait_until(lambda: (tmp_path / "out").exists())
        session.interrupt_all()
        assert_interrupted(session, tmp_path)


@pytest.mark.slow
def test_workers_end_soon_after_their_driver_is_killed(tmp_path):
    with Session(tmp_path, *LONG) as session:
        assert session.wait_until(lambda: session.busy_workers() >= 2)
        session.driver.send_signal(signal.SIGKILL)
        session.driver.wait()
        assert session.wait_until(lambda: not session.processes(), AT_ONCE_S)
    assert list_runs(tmp_path / "out") == []
