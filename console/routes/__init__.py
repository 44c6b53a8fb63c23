"""The screens: one module per screen, named as its catalogue and its folder of templates."""
