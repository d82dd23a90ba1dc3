namespace Bayes.Layers.Tabular;

/// <summary>How far the training of a model of a table is.</summary>
/// <param name="Member">Zero-based index of the network that finished an epoch.</param>
/// <param name="Members">The number of networks.</param>
/// <param name="Fraction">The share of the whole training that is done, from 0 to 1.</param>
/// <param name="Loss">The negative ELBO of the epoch, in nats per row of the standardised target.</param>
public sealed record TabularProgress(int Member, int Members, double Fraction, double Loss)
{
    /// <summary>Returns the share that is done and the loss, in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{100 * Fraction:0} %: network {Member + 1} of {Members}, loss {Loss:0.000}");
}
