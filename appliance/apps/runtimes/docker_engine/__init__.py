"""Apps as containers: one hardened container an instance, one network and one volume an app.

All that is known about an instance is in labels of the engine's own objects, so the app host may
end at any moment and its successor finds every instance as it left it.
"""
