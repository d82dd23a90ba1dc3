namespace Bayes.Layers.Tabular;

/// <summary>A network of a model of a table.</summary>
/// <param name="Kind">Its activation and its end.</param>
/// <param name="Hidden">The units of each hidden layer.</param>
/// <param name="Loss">The negative ELBO at the end of its training, in nats per row of the standardised target.</param>
/// <param name="Weight">Its share of the draws of a prediction; 0 if it was left out for its loss.</param>
/// <param name="Steps">The steps of its training.</param>
public sealed record MemberSummary(string Kind, IReadOnlyList<int> Hidden, double Loss, double Weight, long Steps)
{
    /// <summary>Returns the network in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Kind}, {string.Join('-', Hidden)} hidden: loss {Loss:0.000}, weight {Weight:0.000}, {Steps} steps");
}
