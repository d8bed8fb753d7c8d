"""The regulator's web portal, for which this package keeps the place: nothing is built here yet."""
