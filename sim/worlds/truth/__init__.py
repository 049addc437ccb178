"""What is true of a built home: rooms, free floor, where everything is and what carries it; and ways over the floor."""
