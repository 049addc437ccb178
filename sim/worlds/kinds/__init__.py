"""What furniture, doors and movable things are made of: solids, hinges, supports."""
