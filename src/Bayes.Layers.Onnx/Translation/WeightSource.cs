using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>Decides which weights a graph holds.</summary>
internal abstract class WeightSource
{
    /// <summary>Gets S, the number of draws; 1 if there is no axis of draws.</summary>
    public abstract int Draws { get; }

    /// <summary>Returns the weight of a posterior.</summary>
    public abstract ModelWeight Of(WeightPosterior posterior);

    /// <summary>Returns the weight that a parameter of a plain module is; a parameter without a posterior is itself.</summary>
    /// <param name="path">Its path in the network.</param>
    /// <param name="parameter">The parameter.</param>
    public virtual ModelWeight Of(string path, Tensor parameter) => new(parameter, HasDraws: false, parameter);

    /// <summary>Returns the weights for the network inside a model in weight space.</summary>
    public abstract WeightSource Within(WeightSpaceModule module);

    /// <summary>Gets whether a <see cref="MonteCarloDropout"/> drops units.</summary>
    public abstract bool DropsUnits { get; }

    /// <summary>Returns the factors of a module that drops units, <c>[S, 1, …]</c>, for one row of a shape.</summary>
    public abstract Tensor Masks(MonteCarloDropout module, long[] row);
}
