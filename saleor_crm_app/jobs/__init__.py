"""Work that waits: the inbox of events to react to, the outbox of jobs to run, and their runners."""
