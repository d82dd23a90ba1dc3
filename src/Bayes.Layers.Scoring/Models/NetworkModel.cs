using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tabular;
using static TorchSharp.torch;

namespace Bayes.Layers.Scoring.Models;

/// <summary>A network or an ensemble in a checkpoint, which takes columns of numbers.</summary>
internal sealed class NetworkModel : ScoredModel
{
    private const int RowsOfBatch = 8192;

    private readonly LoadedDistribution _loaded;
    private readonly Likelihood _likelihood;
    private readonly Device _device;
    private readonly ScalarType _dtype;

    public NetworkModel(string path, Device device)
    {
        _loaded = Checkpoint.LoadDistribution(path, device);
        try
        {
            (_likelihood, _device) = (_loaded.Likelihood, device);
        }
        catch (InvalidOperationException)
        {
            _loaded.Dispose();
            throw new ScoringException(
                $"The model '{path}' has no likelihood; expected one that was saved with it: Checkpoint.Save(model, path, likelihood).");
        }
        _dtype = _loaded.Distribution.Module?.parameters().FirstOrDefault()?.dtype ?? ScalarType.Float32;
    }

    public override int UsualDraws => _loaded.Distribution.ExactSamples ?? 100;

    public override bool NeedsKinds => false;

    public override IReadOnlyList<string> FeaturesOf(ScoringRequest request, IReadOnlyList<string> columns)
    {
        if (request.Quantiles.Count > 0 && _likelihood is ClassLikelihood)
            throw new ScoringException($"The likelihood is {_likelihood}, and classes have no quantiles; expected none.");
        return request.Features ?? [.. columns.Except(request.Targets)];
    }

    public override IReadOnlyList<ResultColumn> Score(Table rows, ScoringTask task, CancellationToken cancellationToken)
    {
        var parts = new List<List<ResultColumn>>();
        foreach (var (input, target) in Batches(rows, task))
        {
            using var scope = NewDisposeScope();
            parts.Add(Columns(Predict(input, target, task, firstDraw: 0, cancellationToken), task, cancellationToken));
            input.Dispose();
            target?.Dispose();
        }
        return parts.Count == 1 ? parts[0] : [.. parts[0].Select((column, index) => Join([.. parts.Select(part => part[index])]))];
    }

    public override void RequireMerges()
    {
    }

    public override void PredictDraws(Table rows, ScoringTask task, int firstDraw, string path, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        Predictive[] parts = [.. Batches(rows, task).Select(batch => Predict(batch.Input, batch.Target, task, firstDraw, cancellationToken))];
        PredictionFile.Save(parts.Length == 1 ? parts[0] : Predictive.Concatenate(parts), path);
    }

    public override IReadOnlyList<ResultColumn> MergeDraws(IReadOnlyList<string> paths, ScoringTask task, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        return Columns(Predictive.Merge(paths.Select(Load)), task, cancellationToken);
    }

    public override void Dispose() => _loaded.Dispose();

    private Predictive Load(string path, int shard)
    {
        try
        {
            return PredictionFile.Load(path, _likelihood);
        }
        catch (CheckpointException exception)
        {
            throw new DamagedPartsException([shard], exception.Message);
        }
    }

    private IEnumerable<(Tensor Input, Tensor? Target)> Batches(Table rows, ScoringTask task)
    {
        double[][] features = [.. task.Features.Select(name => rows.Column(name).AsNumbers())];
        double[][] targets = [.. task.Targets.Select(name => rows.Column(name).AsNumbers())];
        for (int first = 0; first < rows.RowCount; first += RowsOfBatch)
        {
            int count = Math.Min(RowsOfBatch, rows.RowCount - first);
            yield return (Matrix(features, first, count), targets.Length == 0 ? null : Target(targets, first, count));
        }
    }

    private Predictive Predict(Tensor input, Tensor? target, ScoringTask task, int firstDraw, CancellationToken cancellationToken)
    {
        using var predictor = new MonteCarloPredictive(_loaded.Distribution, _likelihood, task.Draws, task.Seed, ScoringTask.Budget);
        return predictor.Predict(input, target, keepSamples: task.Quantiles.Count > 0, firstDraw, cancellationToken: cancellationToken);
    }

    private List<ResultColumn> Columns(Predictive prediction, ScoringTask task, CancellationToken cancellationToken)
    {
        var columns = new List<ResultColumn>();
        if (_likelihood is ClassLikelihood)
        {
            Add(columns, "probability", prediction.Mean);
            Add(columns, "total_entropy", prediction.TotalEntropy);
            Add(columns, "expected_entropy", prediction.ExpectedEntropy);
            Add(columns, "mutual_information", prediction.MutualInformation);
        }
        else
        {
            Add(columns, "mean", prediction.Mean);
            Add(columns, "epistemic_stddev", prediction.EpistemicVariance.sqrt());
            Add(columns, "aleatoric_stddev", prediction.AleatoricStddev);
            Add(columns, "total_stddev", prediction.TotalStddev);
        }
        if (task.Quantiles.Count > 0)
        {
            var quantiles = prediction.QuantilesOfTarget(task.Quantiles, cancellationToken);
            for (int index = 0; index < task.Quantiles.Count; index++)
                Add(columns, ScoringTask.QuantileName(task.Quantiles[index]), quantiles[index]);
        }
        if (task.Targets.Count > 0)
            Add(columns, "log_density", prediction.LogPredictiveDensity);
        return columns;
    }

    // A column for each output, numbered if there are several.
    private static void Add(List<ResultColumn> columns, string name, Tensor values)
    {
        var matrix = values.cpu().reshape(values.shape[0], -1);
        long count = matrix.shape[1];
        for (long output = 0; output < count; output++)
        {
            var column = matrix.select(1, output).contiguous();
            columns.Add(new ResultColumn(
                count == 1 ? name : $"{name}_{output}",
                column.dtype == ScalarType.Float64 ? column.data<double>().ToArray() : column.to(ScalarType.Float32).data<float>().ToArray()));
        }
    }

    private Tensor Target(double[][] targets, int first, int count)
    {
        if (_likelihood is not CategoricalLikelihood)
            return Matrix(targets, first, count);
        if (targets.Length != 1)
            throw new InvalidDataException($"There are {targets.Length} targets; expected one, the number of the class.");
        double[] classes = targets[0];
        var indices = new long[count];
        for (int row = 0; row < count; row++)
            indices[row] = Math.Floor(classes[first + row]) == classes[first + row] ? (long)classes[first + row] : throw new InvalidDataException(
                FormattableString.Invariant($"The target is {classes[first + row]}; expected the number of a class, from 0."));
        return tensor(indices, device: _device);
    }

    private Tensor Matrix(double[][] columns, int first, int count)
    {
        if (_dtype == ScalarType.Float64)
            return Fill<double>(columns, first, count, value => value, values => tensor(values, [count, columns.Length], device: _device));
        var matrix = Fill(columns, first, count, value => (float)value, values => tensor(values, [count, columns.Length], device: _device));
        return _dtype == ScalarType.Float32 ? matrix : matrix.to(_dtype);
    }

    private static Tensor Fill<T>(double[][] columns, int first, int count, Func<double, T> convert, Func<T[], Tensor> make)
    {
        var values = new T[count * columns.Length];
        for (int column = 0; column < columns.Length; column++)
            for (int row = 0; row < count; row++)
                values[row * columns.Length + column] = convert(columns[column][first + row]);
        return make(values);
    }

    private static ResultColumn Join(ResultColumn[] parts)
    {
        var joined = Array.CreateInstance(parts[0].Values.GetType().GetElementType()!, parts.Sum(part => part.Values.Length));
        int first = 0;
        foreach (var part in parts)
        {
            part.Values.CopyTo(joined, first);
            first += part.Values.Length;
        }
        return new ResultColumn(parts[0].Name, joined);
    }
}
