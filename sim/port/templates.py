"""Templates: the kernel steps of one visit, which depend only on the class, and on where it comes from and goes."""

from dataclasses import fields, replace

from sim.kernel import Op
from sim.port.passages import Passage
from sim.port.pools import StopPools
from sim.port.roads import place_tokens, road_times
from sim.port.stations import Lift, Origin, Road, Station, Stop, Storage, Track
from sim.port.steps import BEFORE_ALL, NONE, StepWriter, Template, TemplateStep
from sim.port.terminal_steps import be_lifted, be_stored, let_go, stand

IN_TURN = 0
"""Rank of all who drive on a road: nobody overtakes."""
FROM_BESIDE = 10
"""Rank at the inlet of a road of those who come from a facility or an origin."""
STANDS_READY = 1.0 - 2.0**-20
"""Share of a headway after which the next vehicle stands at a junction. It must be there just before the inlet of
the next road falls free: asking at that very instant, it would find the inlet given to whoever waits, of any rank."""


class _VisitWriter(StepWriter):
    """Writes what a vehicle does between two stops, and at the second."""

    def be_called(self, before: int) -> int:
        """Wait for the meters that let vehicles leave a stop."""
        called = NONE
        for meter in self.passage.called_by.get(before, ()):
            called = self.seize(meter)
        return called

    def enter(self, before: int, here: int) -> int:
        """Be let into the next stop: into its places, and onto a road, when its turn has come.

        Room comes first: whoever held the inlet and waited for room would keep those of higher rank behind.
        """
        stop = self.stops[here]
        if not isinstance(stop, Road):
            return self.seize(self.find(self.pools.place, here))
        came_from = self.stops[before]
        rank = came_from.link.rank if isinstance(came_from, Road) else FROM_BESIDE
        self.seize(self.find(self.pools.place, here), place_tokens(self.passage.pce[here]), rank)
        return self.seize(self.find(self.pools.inlet, here), rank=rank)

    def leave(self, before: int, here: int) -> Template:
        """Free the stop before: at once, or a road's exit after the headway and its room when the wave has passed."""
        stop = self.stops[before]
        server, place = self.find(self.pools.server, before), self.find(self.pools.place, before)
        marks = Template(())
        if isinstance(stop, Road):
            times, pce = road_times(stop.link), self.passage.pce[before]
            share = STANDS_READY if here != NONE and isinstance(self.stops[here], Road) else 1.0
            left = self.release(server, after_min=times.exit_headway_min * pce * share)
            self.release(place, place_tokens(pce), times.wave_min)
        elif isinstance(stop, Station) and stop.kept_until:
            left = self.release(place)
        else:
            left = self.release(server, self._servers_of(stop))
            self.release(place)
            if isinstance(stop, Lift):
                marks = let_go(self, stop)
        for kept in self.passage.keeps.get(before, ()):
            self.give_back(kept)
        for meter in self.passage.calls.get(before, ()):
            self.release(meter)
        return replace(marks, leave=left)

    def give_back(self, kept: int) -> int:
        """Give back what was kept since a stop."""
        stop = self.stops[kept]
        assert isinstance(stop, Station)
        return self.release(self.find(self.pools.server, kept), stop.servers_per_vehicle, stop.back_after_min)

    def drive(self, before: int, here: int) -> None:
        stop = self.stops[here]
        if isinstance(stop, Road):
            times = road_times(stop.link)
            self.release(self.find(self.pools.inlet, here), after_min=times.inlet_headway_min * self.passage.pce[here])
            self.delay(times.drive_min, self.find(self.pools.drive, here))
        elif isinstance(stop, Station) and before != NONE and stop.drive_min > 0.0:
            self.delay(stop.drive_min)

    def be_served(self, here: int) -> Template:
        """Be called within the quota, get a server, a path and a crew, be served, free the crew."""
        if self.find(self.pools.waiting, here) != NONE:
            return self.be_served_in_sight(here)
        quota = self.seize(self.find(self.pools.quota, here))
        rank = IN_TURN if isinstance(self.stops[here], Road) else None
        server = self.seize(self.find(self.pools.server, here), self._servers_of(self.stops[here]), rank)
        path = self.seize(self.find(self.pools.paths, here))
        crew = self.seize(self.find(self.pools.crew, here))
        serve = self.delay(0.0, self.find(self.pools.frozen, here))
        free_crew = self.release(self.find(self.pools.crew, here))
        asked = next((step for step in (quota, server, path, crew) if step != NONE), serve)
        start = next((step for step in (crew, path, server) if step != NONE), serve)
        return Template((), arrive=asked, start=start, serve=serve, crew=crew, free_crew=free_crew)

    def be_served_in_sight(self, here: int) -> Template:
        """Get a server and be served where supervisors see who waits: who gets one at once does not."""
        server, waiting = self.find(self.pools.server, here), self.find(self.pools.waiting, here)
        asked = self.try_seize(server, otherwise_skip=1)
        self.skip(3)
        self.release(waiting)
        self.seize(server)
        self.seize(waiting, rank=BEFORE_ALL)
        start = self.skip(0)
        return Template((), arrive=asked, start=start, serve=self.delay(0.0, self.find(self.pools.frozen, here)))

    def be_there(self, here: int) -> Template:
        """Do what is done at a stop of this kind."""
        stop = self.stops[here]
        if isinstance(stop, Track):
            return stand(self, stop, here)
        if isinstance(stop, Lift):
            return be_lifted(self, stop, here)
        return be_stored(self) if isinstance(stop, Storage) else self.be_served(here)

    def _servers_of(self, stop: Stop) -> int:
        return stop.servers_per_vehicle if isinstance(stop, Station) else 1


def write_template(
    stops: tuple[Stop, ...], pools: StopPools, passage: Passage, way: tuple[int, int], has_ways: bool = False
) -> Template:
    """Return the steps of a visit on the way from stop `before` to `here` (`NONE`: it arrives, or is done).

    In this order: be called by meters, be let into the next stop, free what was held before, drive there,
    and be served. So a vehicle that cannot go on keeps its server: blocking after service, or a
    queue that fills a road.
    """
    before, here = way
    writer = _VisitWriter(stops, pools, passage, has_ways)
    called = writer.be_called(before) if before != NONE else NONE
    entered = writer.enter(before, here) if here != NONE else NONE
    gone = writer.leave(before, here) if before != NONE else Template(())
    if before != NONE and isinstance(stops[before], Origin):
        gone = replace(gone, leave=entered)
    if before != NONE and gone.leave == NONE:
        gone = replace(gone, leave=writer.skip(0))  # nothing is given back there
    gone = replace(gone, called=called)
    if here == NONE:
        if passage.handling.ends_in_store:
            writer.release(passage.handling.slots)
        return replace(gone, steps=tuple(writer.steps))
    writer.drive(before, here)
    served = writer.be_there(here)
    arrive = entered if before == NONE and entered != NONE else served.arrive
    marks = {name: mark for name in _MARKS if (mark := getattr(served, name)) != NONE}
    return replace(gone, **(marks | {"arrive": arrive}), steps=tuple(writer.steps))


_MARKS = [field.name for field in fields(Template) if field.name not in ("steps", "leave", "called")]


def write_crossroads(passage: Passage) -> Template:
    """Return the steps in which one of several ways is taken; how far each lies ahead is filled in later.

    Vehicles choose; cargo gets a crane, once it is there, and is lifted across if a vehicle with room stands ready.
    """
    ask, handling = NONE, passage.handling
    if passage.choice != NONE:
        fork = [TemplateStep(Op.CHOOSE, 0, passage.choice, passage.options, 0.0)]
    else:
        fork = [*write_ride(passage).steps, TemplateStep(Op.SEIZE, passage.rank, handling.cranes, 1, 0.0)]
        ask = len(fork) - 1
        fork.append(TemplateStep(Op.TRY, passage.rank, handling.room, 1, 1.0))
    ways = [TemplateStep(Op.SKIP, 0, NONE, 0, 0.0)] * count_ways(passage)
    return Template((*fork, *ways), ask=ask, ways=len(fork))


def count_ways(passage: Passage) -> int:
    """Return on how many ways a movement may go at its crossroads."""
    return passage.options if passage.choice != NONE else 2


def write_ride(passage: Passage) -> Template:
    """Return the step in which cargo rides on the vehicle that brings it, if one does."""
    return Template((TemplateStep(Op.AWAIT, 0, NONE, 1, 0.0),) if passage.handling.rides else ())


def write_end_of_way(last: Template) -> Template:
    """Return the last steps of a way, and one past the ways that were not taken; how far is filled in later."""
    return replace(last, steps=(*last.steps, TemplateStep(Op.SKIP, 0, NONE, 0, 0.0)))
