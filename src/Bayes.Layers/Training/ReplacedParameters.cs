namespace Bayes.Layers.Training;

/// <summary>Describes parameters that were replaced after a step was made for them: <c>.to(...)</c> disposes the old ones.</summary>
internal static class ReplacedParameters
{
    /// <summary>Returns the exception.</summary>
    /// <param name="step">The type of the step.</param>
    public static InvalidOperationException Error(string step = nameof(VariationalStep)) => new(
        $"The model's parameters were replaced after this step was made, for example by .to(...); make a new {step} after moving the model.");
}
