"""Other people's ways to a mask, each behind one small adapter, to be measured beside unetkit's."""
