"""Jobs: mirroring, rechecking and sweeping a log, with their progress."""
