using TorchSharp.Modules;

namespace Bayes.Layers.Training;

/// <summary>Refuses parameters that were replaced after a step was made for them.</summary>
internal static class ReplacedParameters
{
    /// <summary>Refuses a parameter that is disposed, as <c>.to(...)</c> leaves those of before.</summary>
    /// <exception cref="InvalidOperationException">The parameter was replaced.</exception>
    public static void Refuse(Parameter parameter)
    {
        if (parameter.IsInvalid)
            throw Error();
    }

    /// <summary>Returns the error.</summary>
    public static InvalidOperationException Error() => new(
        "The model's parameters were replaced after this step was made, as .to(...) does; make a new VariationalStep after moving the model.");
}
