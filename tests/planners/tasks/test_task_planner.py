"""Tasks in a little world: what is asked for is done, what goes wrong is tried otherwise, what cannot be is said."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from task_world import FakeSkills, Truth, World, drive, robot_at
from worded_memory import rectangle

import spatialmem as sm
from planners.tasks import Again, Before, Close, Fetch, Find, Meant, Open, Put, TaskConfig, TaskPlanner
from spatialmem.testing import check_planner

KITCHEN = rectangle(12, "kitchen", (0.0, 0.0), (4.0, 4.0))
MUG, CUP, FRIDGE, TABLE, DESK = 1, 2, 3, 4, 5


def home(believed=None, **others: Truth) -> World:
    """A mug on the table, a cup in the closed fridge, a desk with nothing on it."""
    things = {
        MUG: Truth("mug", "on", TABLE),
        CUP: Truth("cup", "in", FRIDGE),
        FRIDGE: Truth("fridge", state="closed", at=(3.0, 3.0)),
        TABLE: Truth("table", at=(1.0, 1.0)),
        DESK: Truth("desk", at=(6.0, 1.0)),
    }
    more = {int(name[1:]): one for name, one in others.items()}
    return World({**things, **more}, believed, rooms=[KITCHEN])


def made(planner: TaskPlanner, goal: int = 0) -> list[str]:
    """The calls of a goal, and what came of them where that was not well."""
    calls = planner.results[goal].calls
    return [str(one.call) + ("" if one.status == "done" else f" {one.status}") for one in calls]


def run(world: World, *goals, fails=None, config=None, meant=None, **options):
    planner = TaskPlanner(goals, FakeSkills(world, fails), config=config, meant=meant)
    return planner, drive(planner, world, **options)


# what is asked for is done


@pytest.mark.parametrize(
    ("goal", "calls"),
    [
        (Fetch("mug", to=(2.0, 2.0)), ["pick 1", "go to (2.00, 2.00) m", "hand over 1 at (2.00, 2.00) m"]),
        (Fetch("mug", to="kitchen"), ["pick 1", "go to kitchen", "hand over 1 at kitchen"]),
        (Fetch("mug", to="desk"), ["pick 1", "go to 5", "hand over 1 at 5"]),
        (Fetch("the cup"), ["open 3", "pick 2", "go to (0.00, 0.00) m", "hand over 2 at (0.00, 0.00) m"]),
        (Find("mug"), ["find mug"]),
        (Find("mug-1"), ["find 1"]),
        (Find(CUP), ["open 3", "find 2"]),
        (Put("mug", "fridge", "in"), ["open 3", "pick 1", "place 1 in 3"]),
        (Put(MUG, DESK), ["pick 1", "place 1 on 5"]),
        (Put("mug on the table", "desk-5"), ["pick 1", "place 1 on 5"]),
        (Put("mug", "table"), ["find mug"]),
        (Open("fridge"), ["open 3"]),
        (Close("the fridge"), []),
    ],
    ids=range(13),
)
def test_a_goal_is_reached_by_its_calls(goal, calls):
    planner, command = run(home(), goal)
    assert command.status == "done", command
    assert sorted(made(planner)) == sorted(calls)
    assert planner.results[0].status == "done"
    assert command.base_velocity_B == (0.0, 0.0, 0.0)


def test_what_is_so_already_takes_no_call():
    planner, command = run(home(), Close("fridge"))
    assert planner.results[0].reason == "it is so already"
    assert command.reason == "close fridge: it is so already"


def test_what_nobody_knows_is_not_closed_already():
    skills = FakeSkills(home())
    planner = TaskPlanner(Close("unicorn"), skills)
    command = drive(planner, skills.world)
    assert command.status == "failed", command
    assert made(planner) == ["find unicorn failed"]


def test_what_is_to_be_closed_and_nobody_knows_is_looked_for():
    world = home(believed={FRIDGE: None})
    world.things[FRIDGE].state = "open"
    planner, command = run(world, Close("fridge"))
    assert command.status == "done", command
    assert made(planner) == ["find fridge", "close 3"]
    assert world.things[FRIDGE].state == "closed"


@pytest.mark.parametrize("label", ["cabinet", "desk"])
def test_whose_door_nobody_has_looked_at_is_gone_to_and_closed(label):
    """A cabinet has a door, by its kind; that a desk has none only whoever goes there can say."""
    world = home(_7=Truth(label, state="open", at=(2.0, 6.0)), believed={7: Truth(label, at=(2.0, 6.0))})
    planner, command = run(world, Close(f"{label}-7"))
    assert command.status == "done", command
    assert made(planner) == ["close 7"]
    assert world.things[7].state == "closed"
    planner, command = run(world, Close(f"{label}-7"))
    assert command.reason == f"close {label}-7: it is so already"
    assert made(planner) == []


def test_what_is_believed_to_be_so_already_is_looked_at():
    world = home(believed={MUG: Truth("mug", "on", DESK)})
    planner, command = run(world, Put("mug", "desk"))
    assert command.status == "done", command
    assert made(planner) == ["find mug", "pick 1", "place 1 on 5"]
    assert world.things[MUG].carrier == DESK


def test_goals_are_reached_one_after_the_other():
    world = home()
    planner, command = run(world, Put("mug", "desk"), Put("cup", "desk"), Close("fridge"), Fetch("mug", to="kitchen"))
    assert (command.status, command.reason) == ("done", "4 of 4 goals reached")
    assert world.things[CUP].carrier == DESK
    assert world.things[FRIDGE].state == "closed"
    assert [one.thing_id for one in planner.results] == [MUG, CUP, FRIDGE, MUG]
    assert planner.step(world.view(), robot_at(world)) == command


def test_what_is_in_the_hand_is_put_aside_first():
    world = home(_7=Truth("ball", "on", DESK))
    planner, _ = run(world, Put("mug", "desk"))
    world.things[7].rests, world.held = "", 7
    world.tell(sm.Action(source="arm", stamp_ns=1, received_ns=1, verb="picked_up", object_id=7))
    planner, command = run(world, Open("fridge"))
    assert command.status == "done", command
    assert made(planner)[-1] == "open 3"
    assert made(planner)[0].startswith("place 7 on ")
    assert world.held is None


def test_what_is_held_is_put_into_something_closed_by_way_of_a_table():
    world = home()
    world.things[MUG].rests, world.held = "", MUG
    world.tell(sm.Action(source="arm", stamp_ns=1, received_ns=1, verb="picked_up", object_id=MUG))
    planner, command = run(world, Put("mug", "fridge", "in"))
    assert command.status == "done", command
    assert [one.split()[0] for one in made(planner)] == ["place", "open", "pick", "place"]
    assert (world.things[MUG].rests, world.things[MUG].carrier) == ("in", FRIDGE)


def test_what_was_opened_is_closed_again_where_that_is_asked_for():
    world = home()
    planner, command = run(world, Put("cup", "table"), config=TaskConfig(leaves_closed=True))
    assert command.status == "done", command
    assert sorted(made(planner)) == ["close 3", "open 3", "pick 2", "place 2 on 4"]
    assert world.things[FRIDGE].state == "closed"


def test_the_one_i_meant_before():
    meant = Meant()
    world = home(_7=Truth("mug", "on", DESK))
    run(world, Put("mug-7", "table"), Find("cup"), meant=meant)
    later = Meant.load(meant.dump())
    planner, command = run(world, Put(Again("mug"), "desk"), Close(Again("fridge")), meant=later)
    assert planner.results[0].thing_id == 7
    assert world.things[7].carrier == DESK
    assert command.status == "failed"
    assert "no fridge was meant before" in command.reason


def test_what_was_asked_for_and_not_found_is_the_one_that_was_meant():
    """Another thing, which was fetched before it, is left alone."""
    world, meant = home(), Meant()
    run(world, Put("mug", "desk"), meant=meant)
    assert run(world, Find("tray"), meant=meant)[1].status == "failed"
    before = dict(world.things)
    planner, command = run(world, Put(Again(), Before()), meant=meant)
    assert command.status == "failed"
    assert "nothing is known of it" in command.reason
    assert world.things == before
    assert planner.results[0].calls == ()


def test_memories_that_were_used_are_told_once():
    world = home()
    run(world, Put("mug", "desk"))
    recalled = [one.object_ids for one in world.told if isinstance(one, sm.Recall)]
    assert recalled == [(MUG, DESK)]


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_the_skill_commands_reaches_the_robot_and_the_memory():
    world = home()
    planner = TaskPlanner(Put("mug", "desk"), FakeSkills(world))
    command = planner.step(world.view(), robot_at(world))
    assert command.base_velocity_B == (0.2, 0.0, 0.0)
    assert command.reason == "pick mug-1: on the way"
    assert planner.call is not None
    assert [str(one) for one in planner.plan] == ["pick_1_on_4", "place_1_on_5"]
    planner.see(None)  # pyright: ignore[reportArgumentType]
    assert planner.acting.frames == 1  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]


# what goes wrong is tried otherwise


def test_what_nobody_knows_is_looked_for():
    world = home(believed={MUG: None})
    planner, command = run(world, Fetch("mug", to=(2.0, 2.0)))
    assert command.status == "done", command
    assert made(planner)[0] == "find mug"
    assert planner.results[0].thing_id == MUG


def test_what_is_elsewhere_is_looked_for_and_taken_there():
    world = home(believed={MUG: Truth("mug", "on", DESK)})
    planner, command = run(world, Put("mug", "fridge", "in"))
    assert command.status == "done", command
    told = made(planner)
    assert told[told.index("pick 1 failed") :] == ["pick 1 failed", "find mug", "pick 1", "place 1 in 3"]


def test_what_is_to_be_opened_and_nobody_knows_is_looked_for():
    planner, command = run(home(believed={FRIDGE: None}), Open("fridge"))
    assert command.status == "done", command
    assert made(planner) == ["find fridge", "open 3"]


def test_what_is_in_the_hand_is_found():
    world = home()
    world.things[MUG].rests, world.held = "", MUG
    world.tell(sm.Action(source="arm", stamp_ns=1, received_ns=1, verb="picked_up", object_id=MUG))
    planner, command = run(world, Find("mug"))
    assert (command.status, command.reason) == ("done", "find mug: mug-1 is in the gripper")
    assert made(planner) == []


def test_what_is_lost_on_the_way_is_noticed():
    world = home()
    planner = TaskPlanner(Fetch("mug", to=(2.0, 2.0)), FakeSkills(world, ticks=40))
    lost = []

    def loses(tick: int) -> None:
        if str(planner.call).startswith("go to") and not lost:
            lost.append(tick)
            world.held, world.things[MUG] = None, Truth("mug", "on", DESK)
            world._held = None
            world.look(MUG)

    command = drive(planner, world, each_tick=loses)
    assert command.status == "done", command
    dropped = planner.results[0].calls[1]
    assert (dropped.status, dropped.reason) == ("dropped", "mug-1 is not in the gripper any more")
    assert [str(one.call) for one in planner.results[0].calls].count("pick 1") == 2


def test_the_target_that_nobody_knows_is_looked_for():
    world = home(believed={DESK: None})
    planner, command = run(world, Put("mug", "desk"))
    assert command.status == "done", command
    assert sorted(made(planner)) == ["find desk", "pick 1", "place 1 on 5"]


def test_a_skill_that_fails_once_is_tried_again():
    planner, command = run(home(), Put("mug", "desk"), fails={("pick", MUG): 1})
    assert command.status == "done", command
    assert made(planner) == ["pick 1 failed", "find mug", "pick 1", "place 1 on 5"]


def test_the_same_step_that_fails_is_not_tried_a_third_time():
    planner, command = run(home(), Put("mug-1", "desk"), fails={("pick", MUG): 99})
    assert command.status == "failed"
    assert command.reason == ("put mug-1 on desk: pick 1 failed twice, and nothing has changed since: it did not work")
    assert made(planner) == ["pick 1 failed", "find 1", "pick 1 failed"]


def test_any_of_a_label_will_do():
    world = home(_7=Truth("mug", "on", DESK))
    planner, command = run(world, Fetch("mug"), fails={("pick", MUG): 99})
    assert command.status == "done", command
    assert made(planner)[:4] == ["pick 1 failed", "find mug", "pick 1 failed", "pick 7"]
    assert planner.results[0].thing_id == 7


def test_any_place_of_a_label_will_do_too():
    world = home(_7=Truth("desk", at=(3.0, 6.0)))
    planner, command = run(world, Put("mug", "desk"), fails={("place", MUG): 2})
    assert command.status == "done", command
    placed = [one for one in made(planner) if one.startswith("place")]
    assert placed == ["place 1 on 5 failed", "place 1 on 5 failed", "place 1 on 7"]


def test_what_cannot_be_put_aside_here_is_put_aside_there():
    world = home(_7=Truth("ball", "on", DESK))
    world.things[7].rests, world.held = "", 7
    world.tell(sm.Action(source="arm", stamp_ns=1, received_ns=1, verb="picked_up", object_id=7))
    planner, command = run(world, Open("fridge"), fails={("place", 7): 2})
    assert command.status == "done", command
    first, second, third, last = made(planner)
    assert (first, last) == (second, "open 3")
    assert third.split()[-1] != first.split()[-2]


def test_where_the_robot_stands_makes_no_facts_different():
    """Other tables are near when it tries again: it is the same step with the same facts all the same."""
    tables = {f"_{i}": Truth("table", at=(float(i), float(i))) for i in range(10, 14)}
    world = home(**tables)
    skills = FakeSkills(world, {("open", FRIDGE): 99})
    planner = TaskPlanner(Open("fridge"), skills)

    def wanders(tick: int) -> None:
        world.pose = (float(tick % 14), float(tick % 14))

    command = drive(planner, world, each_tick=wanders)
    assert command.status == "failed"
    assert made(planner) == ["open 3 failed", "open 3 failed"]


def test_what_is_in_something_closed_is_found_by_opening_it():
    world = home(believed={CUP: None})
    planner, command = run(world, Find("cup"))
    assert command.status == "done", command
    assert made(planner) == ["find cup failed", "open 3", "find cup"]


def test_so_many_closed_things_are_opened_and_no_more():
    cabinets = {f"_{i}": Truth("cabinet", state="closed", at=(float(i), 0.0)) for i in range(10, 16)}
    world = home(**cabinets)
    planner, command = run(world, Find("duck"), config=TaskConfig(containers_max=2))
    assert command.status == "failed"
    assert "find duck failed" in command.reason
    opened = [one for one in made(planner) if one.startswith("open")]
    assert len(opened) == 2


def test_what_comes_to_light_while_driving_makes_another_plan():
    world = home()
    skills = FakeSkills(world, ticks=60)
    planner = TaskPlanner(Put("mug", "fridge", "in"), skills)

    def moves(tick: int) -> None:
        if str(planner.call) == "pick 1" and not any(one.call == planner.call for one in _outcomes(planner)):
            world.things[MUG].carrier = DESK
            world.look(MUG)

    command = drive(planner, world, each_tick=moves)
    assert command.status == "done", command
    assert "pick 1 dropped" in made(planner)
    assert world.things[MUG].carrier == FRIDGE


def _outcomes(planner: TaskPlanner):
    return [] if planner._pursuit is None else planner._pursuit.calls


def test_what_the_memory_does_not_say_afterwards_is_not_done():
    world = home()
    world.tell = lambda x: None  # nobody tells it
    planner, command = run(world, Put("mug", "desk"))
    assert command.status == "failed"
    assert planner.results[0].calls[0].reason == "pick 1 done; but by the memory the gripper does not hold mug-1"
    assert made(planner)[0] == "pick 1 failed"


def test_what_is_dropped_is_not_placed():
    world = home()
    skills = FakeSkills(world)
    planner = TaskPlanner(Put("mug", "desk"), skills)

    def loses(tick: int) -> None:
        if world.held == MUG and not any(one.skill == "place" for one in skills.begun):
            world.held = None
            world.things[MUG].rests, world.things[MUG].carrier = "on", TABLE
            world._held = None
            world.look(MUG)

    command = drive(planner, world, each_tick=loses, ticks=200)
    assert "by the memory the gripper does not hold mug-1" in planner.results[0].calls[0].reason
    assert command.status == "failed"


# what cannot be is said


@pytest.mark.parametrize(
    ("goal", "told"),
    [
        (Find("the mug"), '"mug" may be "mug-1" (on "table-4") or "mug-7" (on "desk-5"): say which'),
        (Find("the green mug"), 'of no "mug" it is known that it is "green"'),
        (Find("both mugs"), "means mug-1, mug-7: say which; one thing is needed"),
        (Find("kitchen"), "is a room"),
        (Find(77), "object 77"),
        (Find(Again()), "no thing was meant before"),
        (Put("mug-7", "the thing there"), "names nothing here"),
        (Put("mug-7", "mug-7"), "it cannot be put on or in itself"),
        (Fetch("mug-7", to="the green desk"), 'of no "desk"'),
        (Fetch("mug-9"), "mug-9"),
    ],
    ids=range(10),
)
def test_what_is_not_settled_is_refused_and_nothing_is_done(goal, told):
    world = home(_7=Truth("mug", "on", DESK))
    skills = FakeSkills(world)
    planner = TaskPlanner(goal, skills)
    command = drive(planner, world)
    assert command.status == "failed"
    assert told in command.reason
    assert skills.begun == []


def test_a_goal_that_fails_ends_the_task():
    planner, command = run(home(), Find("giraffe-9"), Find("mug"))
    assert command.status == "failed"
    assert [one.status for one in planner.results] == ["failed", "skipped"]
    assert command.reason.startswith("0 of 2 goals reached; find giraffe-9: ")


def test_or_the_next_is_tried():
    planner, command = run(home(), Find("giraffe-9"), Find("mug"), config=TaskConfig(goes_on=True))
    assert command.status == "failed"
    assert [one.status for one in planner.results] == ["failed", "done"]
    assert command.reason.startswith("1 of 2 goals reached; find giraffe-9: ")


def test_a_full_hand_and_nowhere_to_put_it_is_said():
    world = World({MUG: Truth("mug"), FRIDGE: Truth("fridge", state="closed", at=(3.0, 3.0))})
    world.held = MUG
    world.tell(sm.Action(source="arm", stamp_ns=1, received_ns=1, verb="picked_up", object_id=MUG))
    _, command = run(world, Open("fridge"))
    assert command.status == "failed"
    assert "the gripper holds mug-1, and nothing is known to put it aside on" in command.reason


def test_a_skill_that_is_refused_is_a_failure():
    world = home()
    skills = FakeSkills(world)

    def refuse(call, view):
        raise sm.InputError("the robot has no arm.")

    skills.begin = refuse
    command = drive(TaskPlanner(Put("mug", "desk"), skills), world)
    assert command.status == "failed"
    assert "pick 1 failed twice, and nothing has changed since: the robot has no arm." in command.reason


def test_a_view_that_has_expired_is_no_end():
    world = home()
    planner = TaskPlanner(Put("mug", "desk"), FakeSkills(world))
    view = world._made_view()
    view.expired = True
    command = planner.step(view, robot_at(world))
    assert (command.status, command.base_velocity_B) == ("waiting", (0.0, 0.0, 0.0))
    assert drive(planner, world).status == "done"


class _Nothing:
    def begin(self, call, view):
        raise sm.InputError("nothing can be done.")


def test_it_keeps_what_every_planner_has_to_keep():
    drives = ("knowing nothing", "out of time", "expired")
    runs = check_planner(lambda goal: TaskPlanner(Fetch("mug", to=goal), _Nothing()), drives=drives, budget_s=1.0)
    assert len(runs) == len(drives)


def test_the_same_task_in_the_same_world_is_the_same():
    told = []
    for _ in range(2):
        world = home(believed={MUG: Truth("mug", "on", DESK), CUP: None})
        planner, command = run(world, Put("mug", "fridge", "in"), Put("cup", "table"))
        told.append((command.reason, made(planner), made(planner, 1), world.stamp_ns))
    assert told[0] == told[1]


# any small world

FURNITURE = {3: "fridge", 4: "table", 5: "desk", 6: "cabinet"}


@st.composite
def worlds(draw):
    """Where three things are, where they are believed to be, which doors are closed; what is wanted; what fails."""
    spots = [("on", 3), ("on", 4), ("on", 5), ("in", 3), ("in", 6)]
    where = [draw(st.sampled_from(spots)) for _ in range(3)]
    believed = [draw(st.sampled_from([None, "same", *spots])) for _ in range(3)]
    states = [draw(st.sampled_from(["open", "closed"])) for _ in range(2)]
    goals = draw(st.lists(st.tuples(st.sampled_from(["put", "fetch", "find"]), st.integers(0, 2), st.sampled_from(spots)), min_size=1, max_size=2))  # fmt: skip  # noqa: E501
    fails = draw(st.dictionaries(st.tuples(st.sampled_from(["pick", "place", "open", "find"]), st.integers(1, 6)), st.integers(1, 3), max_size=2))  # fmt: skip  # noqa: E501
    return where, believed, states, goals, fails


LABELS = {1: "mug", 2: "cup", 7: "ball"}


@hypothesis_settings(max_examples=12)
@given(worlds())
def test_it_gets_there_or_says_why_not_and_never_fails_the_same_way_a_third_time(told):
    where, believed, states, goals, fails = told
    ids = (1, 2, 7)
    things = {i: Truth(label, at=(float(i), 0.0)) for i, label in FURNITURE.items()}
    things[3].state, things[6].state = states
    things |= {i: Truth(LABELS[i], *spot) for i, spot in zip(ids, where, strict=True)}
    wrong = {i: None if spot is None else Truth(LABELS[i], *spot) for i, spot in zip(ids, believed, strict=True) if spot != "same"}  # fmt: skip  # noqa: E501
    world = World(things, wrong)
    wanted = [_goal(kind, LABELS[ids[i]], spot) for kind, i, spot in goals]
    planner = TaskPlanner(wanted, FakeSkills(world, fails), config=TaskConfig(goes_on=True))
    command = drive(planner, world, ticks=3000)
    assert command.is_over, planner.call
    for (kind, i, spot), result in zip(goals, planner.results, strict=True):
        assert result.reason
        if result.status == "done" and kind == "put" and result is planner.results[-1]:
            assert (world.things[ids[i]].rests, world.things[ids[i]].carrier) == spot
        if not fails:
            assert result.status == "done", (result, told)
        failed = [one for one in result.calls if one.status == "failed"]
        assert len(failed) <= 12
    assert all(world.things[i].rests or i == world.held or i in _given(planner) for i in ids)


def _goal(kind: str, label: str, spot: tuple[str, int]):
    if kind == "put":
        return Put(label, spot[1], spot[0])  # pyright: ignore[reportArgumentType]
    return Fetch(label, to=(2.0, 2.0)) if kind == "fetch" else Find(label)


def _given(planner: TaskPlanner) -> set[object]:
    return {one.call.thing for result in planner.results for one in result.calls if one.call.skill == "hand_over"}
