namespace Bayes.Layers.Modules;

/// <summary>Properties of a module type.</summary>
[Flags]
internal enum ModuleTraits
{
    /// <summary>
    /// It computes each element independently, so the axis of draws need not be folded into the batch. Folding is a tenth of the operations in a
    /// step of a small network.
    /// </summary>
    Elementwise = 1,

    /// <summary>
    /// Several threads may call it at the same time in evaluation mode: a call leaves no state, and creates no temporary scalar that a garbage
    /// collection on another thread could free (decision 7).
    /// </summary>
    Stateless = 2,

    /// <summary>
    /// Its parameters stay plain in a Bayesian network: they are scales and shifts of normalizations and activations, few and well determined by
    /// the data.
    /// </summary>
    StaysPlain = 4,

    /// <summary>It drops values at random while training.</summary>
    DropsValues = 8,

    /// <summary>It returns the values of its input, except for their shape and dropout.</summary>
    KeepsValues = 16,

    /// <summary>Axis 0 of its input is the sequence, not the batch, so it would mix the rows of a batch and the draws.</summary>
    SequenceFirst = 32,

    /// <summary>Native code reads its parameters, through references of its own.</summary>
    NativeParameters = 64,
}
