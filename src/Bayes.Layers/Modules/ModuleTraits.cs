namespace Bayes.Layers.Modules;

/// <summary>What may be true of a module type.</summary>
[Flags]
internal enum ModuleTraits
{
    /// <summary>
    /// It computes each element alone, so an axis of draws need not be folded into the batch: in a small network's step, folding is a tenth of the
    /// operations.
    /// </summary>
    Elementwise = 1,

    /// <summary>
    /// Several threads may call it at a time in evaluation mode: it keeps nothing of a call, and makes no temporary scalar that a collection started
    /// by another thread could free (decision 7).
    /// </summary>
    Stateless = 2,

    /// <summary>
    /// Its parameters stay plain in a Bayesian network: scales and shifts of normalizations and activations, few and well determined by the data.
    /// </summary>
    StaysPlain = 4,

    /// <summary>It drops values at random while training.</summary>
    DropsValues = 8,

    /// <summary>It returns the values of its input, but for their shape and dropout.</summary>
    KeepsValues = 16,

    /// <summary>Axis 0 of its input is the sequence, not the batch, so it would mix the rows of a batch, and the draws.</summary>
    SequenceFirst = 32,
}
