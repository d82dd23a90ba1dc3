namespace Bayes.Layers.Tabular;

/// <summary>
/// What a model believes about the class of some rows: probabilities, and how sure the model is of them. Immutable; holds plain numbers, a number for
/// each row in the order of the rows. Entropies are in nats.
/// </summary>
/// <remarks>
/// The uncertainty has two parts, which add up to <see cref="TotalEntropy"/>: that of the data, which more rows would not reduce, and what the model
/// does not know yet. A temperature (<see cref="TabularClassification.Temperature"/>) is in all of them.
/// </remarks>
public sealed class TabularClassPrediction
{
    private readonly double[,] _logs;
    private readonly double[,] _probabilities;
    private readonly string _target;

    internal TabularClassPrediction(
        NetworkBlocks blocks, ClassTemperature temperature, IReadOnlyList<string> names, string target, CancellationToken cancellationToken)
    {
        int rows = blocks.RowCount, classes = names.Count;
        (ClassNames, Report, _target) = (names, blocks.Report, target);
        (_logs, _probabilities) = (new double[rows, classes], new double[rows, classes]);
        double[] expected = new double[rows], total = new double[rows];
        string[] predicted = new string[rows];
        for (int block = 0; block < blocks.Count; block++)
        {
            using var prediction = blocks.Predict(block, cancellationToken);
            var (logs, entropies) = temperature.Mixture(prediction.Samples);
            var (first, count) = blocks.RangeOf(block);
            Array.Copy(logs, 0, _logs, first * classes, logs.Length);
            entropies.CopyTo(expected, first);
        }
        for (int row = 0; row < rows; row++)
        {
            double sum = 0;
            for (int index = 0; index < classes; index++)
                sum += Math.Exp(_logs[row, index]);
            int best = 0;
            for (int index = 0; index < classes; index++)
            {
                // Sums of single precision are 1 to seven digits.
                double log = _logs[row, index] -= Math.Log(sum), probability = _probabilities[row, index] = Math.Exp(log);
                total[row] -= probability * log;
                best = log > _logs[row, best] ? index : best;
            }
            predicted[row] = names[best];
        }
        double[] information = [.. total.Zip(expected, (all, ofData) => Math.Max(0, all - ofData))];
        (PredictedClass, TotalEntropy, MutualInformation) = (predicted, total, information);
        ExpectedEntropy = [.. total.Zip(information, (all, ofModel) => all - ofModel)];
    }

    /// <summary>Gets the number of rows.</summary>
    public int RowCount => _probabilities.GetLength(0);

    /// <summary>Gets the names of the classes: numbers in their order, text by its characters.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Gets the probability of each class, <c>[rows, classes]</c>, a copy; each row sums to one.</summary>
    public double[,] Probabilities => (double[,])_probabilities.Clone();

    /// <summary>Gets the name of the most probable class of each row.</summary>
    public IReadOnlyList<string> PredictedClass { get; }

    /// <summary>Gets the entropy of the probabilities: how unsure the class is for both reasons together; 0 to log C.</summary>
    public IReadOnlyList<double> TotalEntropy { get; }

    /// <summary>Gets the mean entropy of the drawn functions: how unsure the class is even to a function that is known.</summary>
    public IReadOnlyList<double> ExpectedEntropy { get; }

    /// <summary>Gets the mutual information of class and function: how far the drawn functions disagree, what the model does not know.</summary>
    public IReadOnlyList<double> MutualInformation { get; }

    /// <summary>Gets what was unusual in the rows: missing values, unknown categories, and numbers outside the range of the training.</summary>
    public EncodingReport Report { get; }

    /// <summary>Returns the probability of one class in each row.</summary>
    /// <param name="className">The name of the class.</param>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    public IReadOnlyList<double> ProbabilityOf(string className)
    {
        int index = IndexOf(className, nameof(className));
        return [.. Enumerable.Range(0, RowCount).Select(row => _probabilities[row, index])];
    }

    /// <summary>Returns the logarithm of the probability of observed classes.</summary>
    /// <param name="classNames">The name of a class for each row.</param>
    /// <returns>In nats: the higher, the better was the prediction.</returns>
    /// <exception cref="ArgumentException">There is not one name for each row, or there is no such class.</exception>
    public IReadOnlyList<double> LogProbabilityOf(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        return classNames.Count == RowCount ? LogProbabilityOf([.. classNames.Select(name => IndexOf(name, nameof(classNames)))])
            : throw new ArgumentException(
                $"The number of classes is {classNames.Count} for {TextValues.Count(RowCount, "row")}; expected one for each.",
                nameof(classNames));
    }

    /// <summary>Returns the number of rows, and the first few with their probability.</summary>
    public override string ToString() =>
        $"{TextValues.Count(RowCount, "row")}: " + string.Join(", ", Enumerable.Range(0, Math.Min(3, RowCount)).Select(row =>
            FormattableString.Invariant($"{PredictedClass[row]} ({_probabilities[row, IndexOf(PredictedClass[row], "")]:0.000})")))
        + (RowCount > 3 ? ", …" : "");

    /// <summary>Returns the logarithm of the probability of observed classes, by their indices.</summary>
    internal double[] LogProbabilityOf(int[] classes) => [.. classes.Select((index, row) => _logs[row, index])];

    private int IndexOf(string name, string parameter)
    {
        for (int index = 0; index < ClassNames.Count; index++)
            if (ClassNames[index] == name)
                return index;
        throw new ArgumentException(
            $"The target '{_target}' has no class {TextValues.Quote(name ?? "null")}; expected one of {TextValues.List(ClassNames)}.", parameter);
    }
}
