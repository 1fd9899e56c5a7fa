"""The commands, a file each: parse, one call, print. Heavy imports wait until a command needs them."""
