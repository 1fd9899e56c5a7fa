"""The one family of errors a user can meet, and the exit code each one ends the command with.

A message is one line: what happened, the value received, and what to do.
"""


class UnetkitError(Exception):
    """Base of every error that is the user's to solve; the command line prints it without a traceback."""

    exit_code = 1


class UsageError(UnetkitError):
    """A wrong argument, option or configuration value."""

    exit_code = 2


class DataError(UnetkitError):
    """Pictures or masks that cannot be used as they are."""

    exit_code = 3


class SourceError(UnetkitError):
    """A camera, stream or video that did not open or stopped answering."""

    exit_code = 3


class OutputError(UnetkitError):
    """A file, video or window that cannot be written: a bad path, no codec, a full disk."""

    exit_code = 3


class ArtifactError(UnetkitError):
    """A model file or its spec that cannot be read or does not hold together."""

    exit_code = 4


class VerificationError(UnetkitError):
    """An export that is not the trained model, or lost more accuracy than allowed."""

    exit_code = 5


class MissingDependencyError(UnetkitError):
    """A package or system library that the command needs is not installed."""

    exit_code = 6


class DeviceError(UnetkitError):
    """A device that was asked for is not there or did not start."""

    exit_code = 6
