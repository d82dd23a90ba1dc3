using TorchSharp.Modules;

namespace Bayes.Layers.Conversion;

/// <summary>The posterior that a plain parameter became, for the other layers that share the parameter.</summary>
/// <param name="Location">The path of the first layer, for messages.</param>
/// <param name="Layout">The shape and strides of the plain parameter.</param>
/// <param name="FixedRow">The row that is not random, or null.</param>
/// <param name="Parameters">The posterior's parameters.</param>
internal sealed record SharedPosterior(string Location, string Layout, long? FixedRow, IEnumerable<Parameter> Parameters);
