"""Tools for those who write law: packs in English, their tests checked, versions compared, new packs begun."""
