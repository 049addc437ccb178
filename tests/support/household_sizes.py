"""How large household things are: one rough size for each label of AI2-THOR's, assumed, for its records have none.

Width, depth and height as they lie or stand [m], of ordinary things of that name; nothing here was measured.
"""

from __future__ import annotations

__all__ = ["size_of"]

THINGS = {
    "AlarmClock": (0.12, 0.06, 0.10), "AluminumFoil": (0.30, 0.06, 0.06), "Apple": (0.08, 0.08, 0.08),
    "BaseballBat": (0.80, 0.07, 0.07), "BasketBall": (0.24, 0.24, 0.24), "Book": (0.22, 0.16, 0.04),
    "Boots": (0.30, 0.25, 0.25), "Bowl": (0.16, 0.16, 0.07), "Box": (0.35, 0.25, 0.20), "Bread": (0.24, 0.12, 0.12),
    "ButterKnife": (0.20, 0.02, 0.015), "CD": (0.12, 0.12, 0.012), "Candle": (0.08, 0.08, 0.12),
    "CellPhone": (0.15, 0.075, 0.012), "Cloth": (0.20, 0.15, 0.03), "CreditCard": (0.086, 0.054, 0.01),
    "Cup": (0.09, 0.09, 0.11), "DishSponge": (0.11, 0.07, 0.035), "Egg": (0.045, 0.045, 0.06),
    "Fork": (0.19, 0.025, 0.015), "Glassbottle": (0.08, 0.08, 0.26), "HandTowel": (0.30, 0.04, 0.40),
    "Kettle": (0.20, 0.18, 0.22), "KeyChain": (0.08, 0.04, 0.015), "Knife": (0.30, 0.035, 0.02),
    "Ladle": (0.30, 0.09, 0.07), "Laptop": (0.34, 0.26, 0.22), "Lettuce": (0.17, 0.17, 0.15), "Mug": (0.12, 0.09, 0.10),
    "Newspaper": (0.34, 0.26, 0.03), "Pan": (0.42, 0.26, 0.06), "PaperTowelRoll": (0.12, 0.12, 0.26),
    "Pen": (0.14, 0.012, 0.012), "Pencil": (0.18, 0.01, 0.01), "PepperShaker": (0.05, 0.05, 0.11),
    "Pillow": (0.45, 0.35, 0.15), "Plate": (0.24, 0.24, 0.03), "Plunger": (0.15, 0.15, 0.45),
    "Pot": (0.30, 0.22, 0.14), "Potato": (0.11, 0.08, 0.07), "RemoteControl": (0.18, 0.05, 0.025),
    "SaltShaker": (0.05, 0.05, 0.11), "ScrubBrush": (0.12, 0.12, 0.35), "SoapBar": (0.09, 0.06, 0.03),
    "SoapBottle": (0.08, 0.08, 0.20), "Spatula": (0.32, 0.08, 0.03), "Spoon": (0.18, 0.035, 0.02),
    "SprayBottle": (0.09, 0.07, 0.25), "Statue": (0.12, 0.10, 0.25), "TeddyBear": (0.30, 0.25, 0.35),
    "TennisRacket": (0.68, 0.26, 0.04), "TissueBox": (0.23, 0.12, 0.10), "ToiletPaper": (0.11, 0.11, 0.10),
    "Tomato": (0.08, 0.08, 0.07), "Towel": (0.50, 0.05, 0.60), "Vase": (0.14, 0.14, 0.28), "Watch": (0.10, 0.06, 0.03),
    "WateringCan": (0.28, 0.16, 0.24), "WineBottle": (0.08, 0.08, 0.31),
}  # fmt: skip
SLICE = (0.07, 0.07, 0.02)
FURNITURE = {
    "ArmChair": (0.80, 0.80, 0.45), "Bathtub": (1.50, 0.75, 0.50), "Bed": (2.0, 1.6, 0.55), "Blinds": (1.0, 0.06, 0.9),
    "Cabinet": (0.45, 0.40, 0.45), "Cart": (0.60, 0.45, 0.80), "CoffeeMachine": (0.22, 0.30, 0.32),
    "CoffeeTable": (1.0, 0.60, 0.42), "CounterTop": (1.2, 0.60, 0.90), "Desk": (1.2, 0.60, 0.72),
    "DiningTable": (1.3, 0.80, 0.75), "Drawer": (0.45, 0.40, 0.16), "Dresser": (1.0, 0.45, 0.85),
    "Fridge": (0.75, 0.70, 1.70), "GarbageCan": (0.32, 0.32, 0.50), "Microwave": (0.50, 0.38, 0.30),
    "Ottoman": (0.65, 0.55, 0.42), "Safe": (0.42, 0.40, 0.40), "Shelf": (0.80, 0.28, 0.03),
    "ShowerCurtain": (1.2, 0.06, 1.8), "ShowerDoor": (0.8, 0.05, 1.8), "SideTable": (0.50, 0.45, 0.60),
    "Sink": (0.60, 0.45, 0.20), "Sofa": (1.8, 0.80, 0.45), "StoveBurner": (0.26, 0.26, 0.03),
    "Toilet": (0.40, 0.60, 0.42), "ToiletPaperHanger": (0.16, 0.10, 0.05),
}  # fmt: skip


def size_of(label: str) -> tuple[float, float, float]:
    """Return the size of a label [m]. Raises KeyError for one that is in no table."""
    if label.endswith("Sliced"):
        return SLICE
    return THINGS[label] if label in THINGS else FURNITURE[label]
