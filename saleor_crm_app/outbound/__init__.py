"""Does what is owed outside: reads from and writes to the shop; network only, no decisions."""
