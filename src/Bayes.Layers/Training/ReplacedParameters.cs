using TorchSharp.Modules;

namespace Bayes.Layers.Training;

/// <summary>Describes parameters that were replaced after a step was made for them: <c>.to(...)</c> disposes those of before.</summary>
internal static class ReplacedParameters
{
    /// <summary>Returns the error.</summary>
    public static InvalidOperationException Error() => new(
        "The model's parameters were replaced after this step was made, as .to(...) does; make a new VariationalStep after moving the model.");
}
