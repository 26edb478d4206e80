"""A clinic in the middle of its day, made by calling the operations. On the roof: it calls every floor."""
