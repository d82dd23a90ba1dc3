using Bayes.Layers.Checkpoints;
using static TorchSharp.torch;

namespace Bayes.Layers.Service.Models;

/// <summary>A checkpoint of a network or an ensemble, whose rows are finite numbers, as it was trained on them.</summary>
internal sealed class NetworkModel : ServedModel
{
    private readonly LoadedDistribution _loaded;
    private readonly MonteCarloPredictive _predictor;
    private readonly IReadOnlyList<string>? _classes;
    private readonly double _mass;

    private NetworkModel(
        LoadedDistribution loaded, MonteCarloPredictive predictor, ModelDescription description, IReadOnlyList<string>? classes, double mass) =>
        (_loaded, _predictor, Description, _classes, _mass) = (loaded, predictor, description, classes, mass);

    /// <summary>Loads a file, and predicts one row to see that it can.</summary>
    /// <exception cref="CannotStartException">The model does not fit the options or this service.</exception>
    /// <exception cref="CheckpointException">The file is damaged or something else.</exception>
    public static NetworkModel Load(ServiceOptions options)
    {
        var loaded = Checkpoint.LoadDistribution(options.Model, CPU, ScalarType.Float32);
        MonteCarloPredictive? predictor = null;
        try
        {
            int draws = options.Draws ?? 100, seed = options.Seed ?? 1;
            predictor = new MonteCarloPredictive(loaded.Distribution, loaded.Likelihood, draws, seed);
            var columns = NetworkColumns.Of(loaded.Distribution.Module, options.Columns);
            var classes = NetworkProbe.Run(predictor, columns.Count, options);
            var description = new ModelDescription(
                classes is null ? "regression" : "classification", $"{loaded.Distribution}, {loaded.Likelihood}", columns, draws, seed)
            {
                Classes = classes, IntervalMass = classes is null ? options.IntervalMass : null,
            };
            return new NetworkModel(loaded, predictor, description, classes, options.IntervalMass);
        }
        catch
        {
            predictor?.Dispose();
            loaded.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override ModelDescription Description { get; }

    /// <inheritdoc/>
    public override PredictedRow[] Predict(IReadOnlyList<object?[]> rows, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var input = tensor(Numbers(rows), [rows.Count, Columns.Count]);
        var prediction = _predictor.Predict(input, keepSamples: _classes is null, cancellationToken: cancellationToken);
        return _classes is null
            ? NumberAnswers.Of(prediction, _mass, cancellationToken)
            : ClassAnswers.Of(prediction, _classes);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _predictor.Dispose();
        _loaded.Dispose();
    }

    private float[] Numbers(IReadOnlyList<object?[]> rows)
    {
        float[] numbers = new float[rows.Count * Columns.Count];
        int at = 0;
        foreach (object?[] row in rows)
            foreach (object? value in row)
                numbers[at++] = (float)(double)value!;
        return numbers;
    }
}
