using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Support.ExistingTorch;

/// <summary>
/// Checks that the loaded libtorch works with TorchSharp. A libtorch of another version may load and be wrong without an error (one ignored the
/// seed), so the seed, the noise and a gradient are checked before they are used.
/// </summary>
internal static class TorchProbe
{
    private const long Seed = 8_675_309;

    /// <summary>Returns what is wrong, without a full stop, or null if nothing is.</summary>
    public static string? Problem()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(Seed);
        if (random.initial_seed() != Seed)
            return $"a generator seeded with {Seed} says that its seed is {random.initial_seed()}";
        var first = randn(64);
        random.manual_seed(Seed);
        if (!first.eq(randn(64)).all().ToBoolean())
            return "the same seed gave two different rows of random numbers";
        if (Math.Abs(first.mean().ToDouble()) > 1 || Math.Abs(first.std().ToDouble() - 1) > 0.5)
            return "its normal random numbers are not of mean 0 and standard deviation 1";

        // d/dx of Σ (A x)² is 2 Aᵀ A x.
        var matrix = tensor(new[] { 1f, 2, 3, 4, 5, 6 }).view(2, 3);
        var point = tensor(new[] { 1f, -1, 2 }).requires_grad_();
        var product = nn.functional.linear(point.unsqueeze(0), matrix);
        product.mul(product).sum().backward();
        if (point.grad is not { } gradient || !gradient.allclose(tensor(new[] { 98f, 130, 162 })))
            return $"the gradient of a product came out as {point.grad?.str() ?? "nothing"}";
        return null;
    }

    /// <summary>Determines whether there is a libtorch, from a package or loaded.</summary>
    public static bool IsThere()
    {
        try
        {
            using var model = new BayesianSequential();
            return true;
        }
        catch (DllNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Initialises CUDA in TorchSharp for a libtorch that was loaded.</summary>
    /// <returns>The reason why no GPU can be used, or null if one can.</returns>
    public static string? InitializeCuda()
    {
        try
        {
            InitializeDeviceType(DeviceType.CUDA);
            return null;
        }
        catch (Exception exception)
        {
            return exception.Message.Split('\n')[0].TrimEnd('.');
        }
    }
}
