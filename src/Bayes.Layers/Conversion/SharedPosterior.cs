using TorchSharp.Modules;

namespace Bayes.Layers.Conversion;

/// <summary>The posterior that a plain parameter became, for the other layers that share the parameter.</summary>
/// <param name="Where">The path of the first layer, for a message.</param>
/// <param name="Layout">How the plain parameter's numbers lie in its memory.</param>
/// <param name="FixedRow">The row that is no random variable, or null.</param>
/// <param name="Parameters">The posterior's parameters.</param>
internal sealed record SharedPosterior(string Where, string Layout, long? FixedRow, IEnumerable<Parameter> Parameters);
