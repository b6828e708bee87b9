"""Steps at terminals: vehicles stand and are unloaded or loaded, cargo is lifted, stored and lifted on."""

from sim.port.handling import Handling
from sim.port.stations import Lift, Track
from sim.port.steps import NONE, StepWriter, Template
from sim.scenario.terminals import Takes


def stand(writer: StepWriter, track: Track, here: int) -> Template:
    """Stand at a terminal until all has been lifted off, or on; who collects a unit comes when it is in store."""
    handling = writer.passage.handling
    ready = writer.await_signals() if track.loads and handling.collects else NONE
    server = writer.seize(writer.find(writer.pools.server, here))
    at = {"tell": NONE, "to_parent": NONE, "due": NONE, "withdraw": NONE}
    if not track.loads:
        told = [writer.signal() for _ in range(handling.brings)]
        at["tell"] = told[0]
        writer.await_signals(handling.brings)
    elif handling.takes:
        at["due"], at["withdraw"] = _fill_up(writer, handling, handling.takes)
    elif handling.collects:
        at["to_parent"] = writer.signal()
        writer.await_signals()
    serve = writer.delay(0.0)
    return Template((), arrive=server if ready == NONE else ready, start=server, serve=serve, **at)


def be_lifted(writer: StepWriter, lift: Lift, here: int) -> Template:
    """Be lifted by a crane: one that is here already, where ways part, or else one that is asked for."""
    cranes, frozen = writer.find(writer.pools.crew, here), writer.find(writer.pools.frozen, here)
    asked = start = NONE
    if writer.has_ways and lift.way != "on":
        start = asked = _keep_crane(writer, lift, cranes)
    else:
        slot = writer.seize(writer.passage.handling.slots) if lift.way == "off" else NONE
        start = writer.seize(cranes)
        asked = start if slot == NONE else slot
    serve = writer.delay(0.0, frozen)
    free_crew = writer.release(cranes)
    # The vehicle that brought one may go, even if there is no room yet where one goes next.
    to_parent = writer.signal() if lift.way != "on" and writer.passage.handling.rides else NONE
    return Template((), arrive=asked, start=start, serve=serve, free_crew=free_crew, to_parent=to_parent)


def let_go(writer: StepWriter, lift: Lift) -> Template:
    """Tell the vehicle onto which one has been lifted; whoever leaves the store frees the slot."""
    handling = writer.passage.handling
    hand_over = NONE
    if lift.way == "on":
        writer.release(handling.slots)
    if lift.way != "off" and handling.is_collected:
        hand_over = writer.signal()
    elif lift.way != "off":
        writer.release(handling.loaded)
    return Template((), hand_over=hand_over)


def be_stored(writer: StepWriter) -> Template:
    """Wait in store for a vehicle with room, or for one's own."""
    handling = writer.passage.handling
    if handling.begins_in_store:
        writer.seize(handling.slots)
    call = NONE
    if handling.is_collected:
        call = writer.signal()
        start = writer.await_signals()
    else:
        start = writer.seize(handling.room)
        writer.release(handling.claimed)
    serve = writer.delay(0.0)
    return Template((), arrive=start if call == NONE else call, start=start, serve=serve, call=call)


def _keep_crane(writer: StepWriter, lift: Lift, cranes: int) -> int:
    """Say that room is taken, or get a slot: if there is none, without the crane, which others need to make one."""
    slots = writer.passage.handling.slots
    if lift.way == "across":
        writer.release(writer.passage.handling.claimed)
    elif slots != NONE:
        writer.try_seize(slots, 1)
        writer.skip(3)  # there is a slot
        writer.release(cranes)
        writer.seize(slots)
        writer.seize(cranes)
    return writer.skip(0)


def _fill_up(writer: StepWriter, handling: Handling, takes: Takes) -> tuple[int, int]:
    """Offer room until it is claimed, or until it is time to leave: then take back what is left; be loaded.

    Vehicles offer room in turn, or they would take back each other's.
    """
    writer.seize(handling.turn)
    writer.release(handling.room, takes.units)
    at = NONE, NONE
    if takes.leaves == "full":
        writer.seize(handling.claimed, takes.units)
    else:
        at = _claim_until(writer, handling, takes)
    _be_loaded(writer, handling, takes.units)
    return at


def _be_loaded(writer: StepWriter, handling: Handling, units: int) -> None:
    """Let the next one offer room, and wait for what has claimed one's own."""
    writer.release(handling.turn)
    writer.seize(handling.loaded, units)


def _claim_until(writer: StepWriter, handling: Handling, takes: Takes) -> tuple[int, int]:
    """Wait until all room is claimed or it is time, and take back unit by unit what is not.

    The first that cannot be taken back tells how many are claimed: for each number there is an ending of its
    own, four steps long. Those that follow are the ending of a vehicle that is full. Return the positions of the
    time to wait for and of the first unit that is taken back.
    """
    units, due = takes.units, NONE
    endings = 4 * (units - 1)
    if takes.leaves == "timetable":
        due = writer.until()
    else:
        assert takes.wait_min is not None
        writer.seize_within(handling.claimed, takes.wait_min, units)
        writer.skip(1)  # it is time
        writer.skip(units + 2 + endings + 1)  # all is claimed
    withdraw = len(writer.steps)
    for taken_back in range(units):
        writer.try_seize(handling.room, units - taken_back + 1 + endings - 4 * taken_back)
    writer.release(handling.turn)
    writer.skip(endings + 3)
    for claimed in range(1, units):
        writer.seize(handling.claimed, claimed)
        _be_loaded(writer, handling, claimed)
        writer.skip(endings + 3 - 4 * claimed)
    writer.seize(handling.claimed, units)
    return due, withdraw
