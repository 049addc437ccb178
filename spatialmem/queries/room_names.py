"""What a room is for, by the labels of the things in it: a naive Bayes table that is data.

In the first four columns it counts the rooms, of 30 of each kind, that have one of the things of a line or more: the
120 rooms of AI2-THOR (Kolve et al. 2017) as ALFRED (Shridhar et al. 2020) lists their objects. The last two columns,
and all six of what those rooms do not have (names of COCO's classes, of furniture), are judged, in the same unit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

__all__ = ["KINDS", "ROOM", "room_label"]

KINDS = ("kitchen", "living-room", "bedroom", "bathroom", "office", "hall")
ROOM = "room"
"""What it is called where nothing tells clearly."""
CLEAR_P = 0.6
"""A kind is told if it is more probable than this: surer than by a hair, and than all others together."""
ROOMS_OF_A_KIND = 30

FURNITURE = """
fridge, refrigerator                             30  0  0  0  1  0
stove, oven, cooker, stoveburner, stoveknob      30  0  0  0  0  0
microwave, toaster, coffeemachine                30  0  0  0  2  0
dishwasher                                       25  0  0  0  0  0
counter, countertop, kitchencounter              30  0  1 25  0  0
sink, sinkbasin, faucet                          30  0  0 30  0  0
washbasin                                         2  0  0 30  0  0
toilet, toiletpaperhanger                         0  0  0 30  0  0
bathtub, bath, bathtubbasin                       0  0  0 21  0  0
shower, showerdoor, showerglass, showercurtain    0  0  0 28  0  0
showerhead                                        0  0  0 12  0  0
towelholder, handtowelholder                      0  0  0 30  0  0
washingmachine                                    8  0  0 15  0  1
bed                                               0  0 30  0  0  0
nightstand                                        0  1 27  0  0  0
wardrobe, closet                                  0  1 26  0  2 12
dresser                                           0 10 15  2  0  3
laundryhamper                                     0  0  8  0  0  0
sofa, couch                                       0 30  0  0  2  0
armchair                                          0 27  6  0  5  1
ottoman                                           0  4  0  0  0  1
footstool                                         0  0  1  1  0  1
coffeetable                                       0 25  1  0  1  0
television, tv                                    0 30  3  0  2  0
tvstand                                           0 12  0  0  0  0
fireplace                                         0  8  1  0  0  0
desk                                              0  1 19  0 30  0
officechair                                       0  1  8  0 28  0
monitor, tvmonitor, computer, desktop             0 15 10  0 28  0
keyboard, mouse, computermouse                    0  3 10  0 28  0
printer, whiteboard, filingcabinet                0  1  1  0 20  1
chair                                            25 20 22  0 30  5
diningtable                                      16 14  5  0  2  0
table                                            20 28  6  0 10  4
sidetable                                         3 24 19  2  2  8
cabinet                                          30  4  5 15 12 12
shelf, bookshelf, bookcase                        5 12 20  8 25  8
bench                                             3  2  3  1  1 18
coatrack, shoerack                                0  0  2  0  1 22
floorlamp                                         0 30  0  2  8  5
lamp                                              0  6 10  0 15  8
desklamp                                          0  7 20  0 20  0
plant, houseplant, pottedplant                   10 30  7  1 15 12
mirror                                            2  3 30 30  1 20
"""
"""What stays where it is."""

THINGS = """
apple, tomato, potato, lettuce                   30  0  0  0  0  0
bread, egg, orange, banana, sandwich, broccoli, carrot 30  0  0  0  0  0
hotdog, pizza, donut, cake                       25 10  0  0  2  0
pan, pot, kettle, ladle, spatula                 30  0  0  0  0  0
fork, knife, spoon, butterknife                  30  0  0  0  0  0
saltshaker, peppershaker, cereal                 30  0  0  0  0  0
cup                                              30  0  0  0  8  0
mug                                              30  0 16  0 15  0
plate                                            30 10  0  0  1  0
bowl                                             30  4 13  0  1  0
wineglass                                        20 15  0  0  0  0
bottle                                           20  5  5 12  5  0
glassbottle, winebottle                          13  0  0  0  1  0
jar, can, carton                                 25  3  0  3  1  0
tray                                             15 10  3  0  1  0
dishsponge                                       30  0  0  6  0  0
papertowelroll                                   10  0  0  4  0  0
soapbottle                                       30  0  0 30  0  0
toothbrush, hairdrier, hairdryer                  0  0  4 28  0  0
towel, handtowel                                  0  0  0 30  0  0
soapbar, toiletpaper, plunger, scrubbrush         0  0  0 30  0  0
spraybottle                                       2  0  0 30  0  0
cloth                                             0  0  5 30  0  0
candle                                            0  3  0 30  0  2
teddybear, teddy                                  0  0 10  0  0  0
toy                                               0  8 20  1  0  1
pillow                                            0 30 30  0  0  0
alarmclock                                        0  0 30  0  1  0
clock                                            12 15 20  3 12  8
remote, remotecontrol                             0 30  3  0  0  0
newspaper                                         0 18  0  0  6  3
vase                                              4 18  3  0  3  5
statue, ornament                                  4 29  4  0  5  5
painting                                          0 30 13  1  8 10
book                                              2  7 30  0 28  1
laptop                                            0 30 30  0 28  0
cellphone, phone                                  4  7 30  0 15  3
pen, pencil                                       3  6 30  0 28  1
scissors                                          8  3  5  3 15  0
cd                                                0  0 30  0  8  0
box                                               0 30 12  0 12  8
basket                                            4 10  8 12  3  8
shoe                                              0  5  8  0  0 25
boots                                             0  5  3  0  0 25
umbrella, handbag, backpack, suitcase             0  3 10  0  5 22
tie                                               0  0 15  0  2  3
keychain                                          0 30 30  0  5 15
creditcard                                        3 30 30  0  5  2
tissuebox                                         0  9  4  9  3  0
baseballbat, baseballglove, tennisracket          0  0 18  0  0  5
basketball, sportsball, skateboard                0  0 11  0  0  6
wateringcan                                       0 13  0  0  1  1
"""
"""What is carried about."""

STRAY_FURNITURE, STRAY_THINGS = 0.1, 0.4
"""So often it is anywhere, or is something else: furniture by a wrong label, things because people carry them."""
SEEN_SHARE = 0.7
"""So often what is in a room was seen by the time that one asks."""
OWN = {
    "kitchen": ("fridge", "stove", "microwave", "counter", "sink"),
    "living-room": ("sofa", "armchair", "coffeetable", "television", "tvstand"),
    "bedroom": ("bed",),
    "bathroom": ("toilet", "bathtub", "shower", "washbasin", "sink"),
    "office": ("desk", "monitor", "keyboard"),
}
"""A room of this kind has one of these; not to have seen any tells against it. A hall has nothing of its own."""


def room_label(labels: Iterable[str]) -> tuple[str, float]:
    """Return what a room with things of these labels is for, and how probable that is; ("room", 1.0) where unclear.

    A line of the table counts once: the second chair tells nothing new. Things come in sets, such as dishes, so n lines
    of them tell as much as sqrt(n) would that know nothing of each other. Labels are compared by their letters only:
    "TVStand" is "tv_stand". Those that the table does not have tell nothing.
    """
    lines, line_of = _table()
    seen = sorted({line_of[key] for label in labels if (key := _letters(label)) in line_of})
    if not seen:
        return ROOM, 1.0
    carried = [number for number in seen if lines[number].carried]
    logs = []
    for column, kind in enumerate(KINDS):
        standing = sum(lines[number].logs[column] for number in seen if not lines[number].carried)
        in_sets = sum(lines[number].logs[column] for number in carried) / math.sqrt(max(len(carried), 1))
        misses_own = kind in OWN and not any(line_of[name] in seen for name in OWN[kind])
        logs.append(standing + in_sets + (math.log(1 - SEEN_SHARE) if misses_own else 0.0))
    chances = [math.exp(log - max(logs)) for log in logs]
    p = max(chances) / sum(chances)
    return (KINDS[chances.index(max(chances))], p) if p > CLEAR_P else (ROOM, 1.0)


class _Line(NamedTuple):
    """One line of the table."""

    logs: tuple[float, ...]
    """For each kind of room, the logarithm of how often it holds one."""
    carried: bool


@lru_cache(maxsize=1)
def _table() -> tuple[list[_Line], dict[str, int]]:
    """Return the lines of the table, and by each label's letters the number of its line."""
    lines: list[_Line] = []
    line_of: dict[str, int] = {}
    for text, carried, stray in ((FURNITURE, False, STRAY_FURNITURE), (THINGS, True, STRAY_THINGS)):
        for row in text.strip().splitlines():
            *names, last = row.split(",")
            name, *counts = last.split()
            line_of.update({_letters(one): len(lines) for one in (*names, name)})
            lines.append(_Line(_logs([int(count) for count in counts], stray), carried))
    return lines, line_of


def _logs(counts: list[int], stray: float) -> tuple[float, ...]:
    """Return how often each kind of room holds something, mixed with how often any room does; as logarithms."""
    shares = [count / ROOMS_OF_A_KIND for count in counts]
    anywhere = sum(shares) / len(shares)
    return tuple(math.log((1 - stray) * share + stray * anywhere) for share in shares)


def _letters(label: str) -> str:
    """Return what two spellings of a label have in common."""
    return re.sub("[^a-z]", "", label.lower())
