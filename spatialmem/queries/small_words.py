"""English words that name no thing: what stands about names in an instruction. Data, for `phrases`."""

from __future__ import annotations

__all__ = ["ALL", "CONJUNCTIONS", "COUNTS", "DETERMINERS", "INTO", "PLACES", "PREPOSITIONS", "PUTS", "SMALL", "is_verb"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBERS = "zero one two three four five six seven eight nine ten"
DETERMINERS = _words("the a an my your our their his her its this that these those some any no every each all both")
"""After these a thing is named."""
ALL = _words("all every each both")
"""All things of a label are meant."""
COUNTS = {word: number for number, word in enumerate(_NUMBERS.split())}
PLACES = _words("on in at from off inside within atop upon")
"""What follows one of these may say which thing is meant: the mug on the table."""
INTO = _words("to into onto toward towards")
"""What follows one of these is where something shall go."""
PREPOSITIONS = (
    PLACES
    | INTO
    | _words(
        "of with without by near beside under below over above behind between next for about around through past along "
        "across against after before until during via out as than like"
    )
)
CONJUNCTIONS = _words("and or then but so also")
SMALL = _words(
    # who, and what was spoken of
    "i me we us you he him she they them it mine yours someone somebody anyone everyone nobody myself yourself "
    "itself anything everything nothing "
    # is it so
    "am is are was were be been being do does did done has have had having can could will would shall should may "
    "might must not never yes no ok okay if whether because while when where what which who whom whose why how t "
    "s d ll re ve m "
    # where on a thing, where to
    "there here up down away back left right front side sides top bottom middle edge corner end upstairs "
    "downstairs forward together apart "
    # when, how
    "please now again just only too very quickly slowly carefully gently quietly safely softly neatly immediately "
    "directly finally first firstly next later soon once twice still already always second seconds minute minutes "
    "hour hours time times today tomorrow tonight sure thanks thank hello hi hey many much more most"
)
"""These are passed over. What "it" means is not asked."""
_VERBS = _words(
    "add arrange ask attach avoid boil bring carry catch check charge clean clear close collect cook cool count "
    "cover cut deliver describe detach dispose drag drink drive drop dry eat empty explore face fetch fill find "
    "fix fold follow get give go grab grasp guide hand hang heat help hide hold inspect iron keep lay leave lift "
    "light list load locate lock look lower make measure meet microwave mop move navigate need observe open pack "
    "park pass pick place plug point polish pour prepare press pull push put raise reach release remove replace "
    "retrieve return rinse roll rotate say scan search see serve set shake show shut slice sort stack stand start "
    "stay stop store stow supply sweep switch take tell throw tidy tilt toast toss touch transfer transport turn "
    "uncover unload unlock unpack unplug use vacuum visit wait walk want warm wash watch water weigh wipe"
)
_VERB_FORMS = _words(
    "brought carried caught cooked cut drank drunk drove driven ate eaten found fed got gotten gave given went "
    "gone hung held kept laid left made met put said saw seen set showed shown shut stood swept took taken told "
    "thrown threw getting putting setting cutting shutting stopping dropping mopping grabbing unplugging tidied "
    "dried emptied"
)
PUTS = _words("put puts place places set lay drop leave store stow stack stand hang keep pour arrange load pack hide")
"""Of these the last "on" or "in" is where something shall go, and does not say which thing is meant."""
_ENDINGS = ("", "s", "es", "d", "ed", "ing")


def is_verb(word: str) -> bool:
    """Return whether a word is one of those for what robots are told to do, in any of its forms."""
    if word in _VERB_FORMS:
        return True
    stems = (word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))
    return any(stem in _VERBS or (stem != word and stem + "e" in _VERBS) for stem in stems)
