using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Service;

/// <summary>A test with a folder of models, which leaves torch's generator as other classes expect it.</summary>
public abstract class ServiceTest : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("service-tests");

    public void Dispose()
    {
        random.manual_seed(TestSetup.SeedOfFields);
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns a path in the folder.</summary>
    protected string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Saves a network of 3 columns that has learned nothing.</summary>
    /// <param name="outputs">The number of its outputs.</param>
    /// <param name="likelihood">Its likelihood.</param>
    /// <returns>The path.</returns>
    protected string SaveNetwork(int outputs, Likelihood likelihood)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        string path = PathOf("network.safetensors");
        using var model = new BayesianSequential(new BayesianLinear(3, 8), nn.Tanh(), new BayesianLinear(8, outputs));
        Checkpoint.Save(model, path, likelihood);
        return path;
    }

    /// <summary>Saves a network whose noise is a mixture of two normal distributions.</summary>
    protected string SaveMixture() => SaveNetwork(6, new GaussianMixtureLikelihood(2));

    /// <summary>Returns rows of 3 numbers, of which each has its own.</summary>
    protected static double[][] Rows(int count, int seed = 1)
    {
        var chance = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (double[])[.. Enumerable.Range(0, 3).Select(_ => (double)chance.NextSingle() * 4 - 2)])];
    }

    /// <summary>Predicts rows without the service.</summary>
    protected static T Direct<T>(string path, double[][] rows, Func<Predictive, T> read)
    {
        using var scope = NewDisposeScope();
        using var loaded = Checkpoint.LoadDistribution(path);
        using var predictor = new MonteCarloPredictive(loaded.Distribution, loaded.Likelihood, samples: 100, seed: 1);
        return read(predictor.Predict(tensor([.. rows.SelectMany(row => row)], [rows.Length, 3]).to(float32), keepSamples: true));
    }

    /// <summary>Returns the numbers of a tensor.</summary>
    protected static double[] Numbers(Tensor values) => values.to(float64).reshape(-1).contiguous().data<double>().ToArray();
}
