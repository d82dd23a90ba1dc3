using Bayes.Layers.Data;
using Microsoft.ML;

namespace Bayes.Layers.ML;

/// <summary>What a network of an ML.NET pipeline predicts: its label, its loss, and the columns that a prediction becomes.</summary>
internal abstract class NetworkTask
{
    private static readonly NetworkTask[] All = [new RegressionTask(), new BinaryTask(), new MulticlassTask()];

    /// <summary>Gets the name in a saved model.</summary>
    public abstract string Name { get; }

    /// <summary>Gets what the label is.</summary>
    public abstract TargetKind TargetKind { get; }

    /// <summary>Returns the text of the classes of a label; empty if it has none.</summary>
    /// <exception cref="ArgumentException">The label is of another type.</exception>
    public virtual IReadOnlyList<string> ClassesOf(DataViewSchema.Column label) => [];

    /// <summary>Returns the number of outputs of the network.</summary>
    /// <param name="classes">The number of classes; 0 if there are none.</param>
    /// <param name="options">The options.</param>
    public virtual int OutputCount(int classes, BayesianNetworkOptions options) => 1;

    /// <summary>Returns the loss, which the caller disposes.</summary>
    public abstract ElboLoss NewLoss(long rows, BayesianNetworkOptions options);

    /// <summary>Returns the columns of a prediction.</summary>
    public abstract IReadOnlyList<OutputColumn> Outputs(IReadOnlyList<string> classes);

    /// <summary>Returns the task of a name in a saved model.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static NetworkTask Of(string name) => Array.Find(All, task => task.Name == name)
        ?? throw new InvalidDataException(
            $"The saved network is for '{name}'; expected {string.Join(" or ", All.Select(task => $"'{task.Name}'"))}.");
}
