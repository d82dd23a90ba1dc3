using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>What the networks of a regression learn, and what their outputs say of a row.</summary>
/// <param name="target">The name of the target's column.</param>
/// <param name="unit">How the networks' target relates to the column.</param>
internal abstract class RegressionTask(string target, TargetUnit unit)
{
    /// <summary>Gets the name of the target's column.</summary>
    public string Target => target;

    /// <summary>Gets how the networks' target relates to the column.</summary>
    public TargetUnit Unit => unit;

    /// <summary>Gets the columns that a prediction needs besides those of features; none by default.</summary>
    public virtual IReadOnlyList<string> RowColumns => [];

    /// <summary>Gets the ends that networks can have, in the order in which they are used.</summary>
    public abstract IReadOnlyList<MemberHead> Heads { get; }

    /// <summary>Gets p(y | f) of the ensemble, for a row that needs nothing else.</summary>
    public abstract Likelihood Likelihood { get; }

    /// <summary>Returns the target of training rows, <c>[N, 1]</c>, and a factor of each row's log-probability, <c>[N]</c>, or null.</summary>
    /// <exception cref="InvalidDataException">A value is refused.</exception>
    public abstract (Tensor Target, double[]? Factors) Training(Table rows);

    /// <summary>Returns the outputs of rows with what their columns add, and p(y | f) of them.</summary>
    /// <param name="outputs">f of every draw, <c>[S, B, …]</c>.</param>
    /// <param name="rows">The rows.</param>
    /// <exception cref="InvalidDataException">A value is refused.</exception>
    public abstract (Tensor Outputs, Likelihood Likelihood) ForRows(Tensor outputs, Table rows);

    /// <summary>Returns the target of rows in its unit, to compare.</summary>
    /// <exception cref="InvalidDataException">A value is refused.</exception>
    public abstract double[] Read(Table rows);

    /// <summary>Writes the task, every number in full.</summary>
    public abstract JsonObject ToJson();
}
