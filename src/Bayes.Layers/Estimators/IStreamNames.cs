using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// A module that stores the parameters of its posteriors under other names than those by which <see cref="PosteriorDraws"/> names their noise, so
/// that its draws equal those of a network of layers at the same paths.
/// </summary>
internal interface IStreamNames
{
    /// <summary>Gets the parameters with the names of their noise, without the path of the module.</summary>
    IEnumerable<(string Name, Tensor Parameter)> StreamNames { get; }
}
