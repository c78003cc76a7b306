"""What a print service asks of a part: walls, room in the machine, orientation, time, price."""
