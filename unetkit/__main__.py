"""`python -m unetkit`."""

from unetkit.cli import main

main()
