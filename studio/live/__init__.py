"""Live view: one upstream stream per thread and process (feed), reduced to HTML frames (reducer, log), read by any
number of viewers at their own pace (hub, consumer).

Events give immediacy, the index gives truth: a frame only ever adds to what streams now; at the end of every
super-step the page asks for the state itself.
"""
