using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tabular;
using TorchSharp;

namespace Bayes.Layers.Service;

/// <summary>Makes models to try the service with.</summary>
internal static class DemoModel
{
    private const int Columns = 13, Hidden = 50, Components = 3, Rows = 1000;

    /// <summary>Makes a model, as the words after <c>demo</c> say.</summary>
    /// <returns>What was made, in one sentence.</returns>
    /// <exception cref="CannotStartException">The words are others.</exception>
    public static string Make(string[] words)
    {
        switch (words)
        {
            case ["network", var path]:
                SaveNetwork(path);
                return $"'{path}' has a network with 13 inputs, 50 hidden units and a mixture of 3 normal distributions, which has learned nothing.";
            case ["table", var path]:
                SaveTable(path);
                return $"'{path}' has a model of a table with 13 columns, which was trained on {Rows} made-up rows.";
            default:
                throw new CannotStartException($"'demo {string.Join(' ', words)}' is unknown; expected 'demo network FILE' or 'demo table FILE'.");
        }
    }

    /// <summary>Writes a network that has learned nothing, as its weights are random: it takes as long as one that has.</summary>
    public static void SaveNetwork(string path)
    {
        using var scope = torch.NewDisposeScope();
        torch.random.manual_seed(1);
        using var model = new BayesianSequential(
            new BayesianLinear(Columns, Hidden), torch.nn.ReLU(), new BayesianLinear(Hidden, 3 * Components));
        Checkpoint.Save(model, path, new GaussianMixtureLikelihood(Components, minimumStddev: 0.01));
    }

    private static void SaveTable(string path)
    {
        var chance = new Random(1);
        double[,] values = new double[Rows, Columns];
        double[] target = new double[Rows];
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
                values[row, column] = chance.NextDouble();
            double noise = (0.5 + values[row, 3]) * (chance.NextDouble() - chance.NextDouble());
            target[row] = 10 * values[row, 0] - 5 * values[row, 1] * values[row, 2] + noise;
        }
        var options = new TabularOptions { Draws = 100, Steps = 2000 };
        using var model = TabularRegression.Train(Table.Of(values).With("y", target), "y", options);
        model.Save(path);
    }
}
