"""Stories: what several people do at several screens, in real browsers against the real server."""
