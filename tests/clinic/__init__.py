"""The ground and the roof: the door, the guard, the first run, settings, figures, audit."""
