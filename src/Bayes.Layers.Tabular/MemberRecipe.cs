namespace Bayes.Layers.Tabular;

/// <summary>A kind of network in the ensemble.</summary>
/// <param name="Activation">The function between its layers.</param>
/// <param name="Head">Its end.</param>
internal sealed record MemberRecipe(MemberActivation Activation, MemberHead Head)
{
    /// <summary>Returns the name of the activation and of the head.</summary>
    public override string ToString() => $"{Activation.Name}, {Head}";
}
