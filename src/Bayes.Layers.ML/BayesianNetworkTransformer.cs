using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace Bayes.Layers.ML;

/// <summary>
/// Predicts with a trained Bayesian network in an ML.NET pipeline. <see cref="BayesianNetworkTrainer"/> makes it, and <c>mlContext.Model.Save</c> and
/// <c>Load</c> write and read it (<see cref="BayesianNetworkCatalog.RegisterBayesianNetworks"/>).
/// </summary>
/// <remarks>
/// Columns that nobody asks for are not computed. A cursor predicts 1,024 rows at a time and reads the features of the input with a cursor of its
/// own, so an input whose rows differ from one reading to the next cannot be predicted. A row with a missing feature has NaN, no true label and no
/// key. Every row sees the same drawn networks. Several threads may predict at a time.
/// <para>Owns the network: dispose it to free the network's memory at once.</para>
/// </remarks>
public sealed class BayesianNetworkTransformer : ITransformer, IDisposable
{
    private readonly IDisposable[] _owned;
    private readonly MonteCarloPredictive _predictive;

    internal BayesianNetworkTransformer(
        NetworkTask task, NetworkDescription description, BayesianModule model, Likelihood likelihood, TrainingHistory? history,
        params IDisposable[] owned)
    {
        (Description, Model, Likelihood, History, _owned) = (description, model, likelihood, history, owned);
        Outputs = task.Outputs(description.Classes);
        _predictive = new MonteCarloPredictive(model, likelihood, description.Samples, description.Seed);
    }

    /// <summary>Gets the network, which takes scaled features. It belongs to the transformer.</summary>
    public BayesianModule Model { get; }

    /// <summary>Gets p(y | f) of the scaled label. It belongs to the transformer.</summary>
    public Likelihood Likelihood { get; }

    /// <summary>Gets the scaling of features and label.</summary>
    public Data.ColumnScaling Scaling => Description.Scaling;

    /// <summary>Gets the history of the training; null if the network was loaded.</summary>
    public TrainingHistory? History { get; }

    /// <summary>Always true: the columns of a row depend on that row alone.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>Gets what is saved beside the network.</summary>
    internal NetworkDescription Description { get; }

    /// <summary>Gets the columns of a prediction.</summary>
    internal IReadOnlyList<OutputColumn> Outputs { get; }

    /// <summary>Gets the number of features.</summary>
    internal int FeatureCount => Scaling.FeatureMeans.Length;

    /// <summary>Returns the columns of the output, those of the input and of the prediction.</summary>
    /// <param name="inputSchema">The columns of the input.</param>
    /// <exception cref="ArgumentException">The column of features is missing, of another type or length.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new PredictedSchema(this, inputSchema).Output;

    /// <summary>Returns the rows of the input with their predictions, which are computed when they are read.</summary>
    /// <param name="input">The input.</param>
    /// <exception cref="ArgumentException">The column of features is missing, of another type or length.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new PredictedView(input, this);
    }

    /// <summary>Returns the mapping of single rows.</summary>
    /// <param name="inputSchema">The columns of the input.</param>
    /// <exception cref="ArgumentException">The column of features is missing, of another type or length.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new RowMapper(this, inputSchema);

    /// <summary>Writes the network into a saved pipeline.</summary>
    /// <param name="ctx">Where ML.NET saves it.</param>
    /// <exception cref="Checkpoints.CheckpointException">The network has a module that the library cannot make from a file.</exception>
    /// <exception cref="NotSupportedException">The version of Microsoft.ML has other internals than this package was made for.</exception>
    void ICanSaveModel.Save(ModelSaveContext ctx) => ModelFile.Save(ctx, this);

    /// <summary>Frees the network.</summary>
    public void Dispose()
    {
        _predictive.Dispose();
        foreach (var owned in _owned)
            owned.Dispose();
    }

    /// <summary>Predicts rows.</summary>
    /// <param name="features">The features, <c>[rows, features]</c> in order. They are overwritten.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="wanted">Zero-based indices of the columns of <see cref="Outputs"/> that are asked for.</param>
    /// <returns>The numbers of each column, <c>[rows, width]</c>; empty for those that nobody asks for.</returns>
    internal float[][] Predict(float[] features, int rows, IReadOnlyCollection<int> wanted)
    {
        double[] means = Scaling.FeatureMeans, stddevs = Scaling.FeatureStddevs;
        for (int place = 0; place < rows * FeatureCount; place++)
            features[place] = (float)((features[place] - means[place % FeatureCount]) / stddevs[place % FeatureCount]);
        using var scope = NewDisposeScope();
        var input = tensor(features[..(rows * FeatureCount)], [rows, FeatureCount]);
        var prediction = _predictive.Predict(input, keepSamples: wanted.Any(index => Outputs[index].NeedsSamples));
        var block = new PredictedBlock(prediction, Scaling, Description.Mass);
        return [.. Outputs.Select((column, index) => wanted.Contains(index) ? column.Numbers(block) : [])];
    }
}
