using System.Runtime.InteropServices;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The examples of docs/gpu.md; what needs a GPU is in the CUDA tests.</summary>
public sealed class GpuGuideTests : TorchTest
{
    [Fact]
    public void A_device_is_an_argument()
    {
        Device device = cuda.is_available() ? CUDA : CPU;
        var model = new BayesianSequential(new BayesianLinear(3, 8, device: device), nn.Tanh(), new BayesianLinear(8, 1, device: device));
        var loss = ElboLoss.Gaussian(datasetSize: 50).to(device);
        model.parameters().Concat(loss.parameters()).Should().HaveCount(9).And.OnlyContain(parameter => parameter.device_type == device.type);
    }

    [Fact]
    public void A_source_of_noise_with_a_seed_leaves_the_global_generator_alone()
    {
        var model = new BayesianLinear(3, 1);
        model.TrainingEstimator = new Reparameterization(samples: 1, noise: new TorchNoise(seed: 7));
        var input = randn(5, 3);
        random.manual_seed(1);
        double[] next = Values(randn(3));
        random.manual_seed(1);
        double[] first = Values(model.forward(input));
        Values(randn(3)).Should().Equal(next);
        model.TrainingEstimator = new Reparameterization(samples: 1, noise: new TorchNoise(seed: 7));
        Values(model.forward(input)).Should().Equal(first);
    }

    /// <summary>The tests' own libtorch stands in for PyTorch's: it lies there under the same names, and has been loaded before.</summary>
    [Fact]
    public void An_existing_libtorch_is_loaded_by_hand()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Path.Combine(AppContext.BaseDirectory, "libtorch_cpu.so")), "the names are those of Linux");
        string? before = Environment.GetEnvironmentVariable("TORCH_LIB");
        Environment.SetEnvironmentVariable("TORCH_LIB", AppContext.BaseDirectory);
        try
        {
            string folder = Environment.GetEnvironmentVariable("TORCH_LIB")!;
            string[] names = ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];
            string[] found = [.. names.Select(name => Path.Combine(folder, name)).Where(File.Exists)];
            foreach (string path in found)
                NativeLibrary.Load(path);
            if (found.Any(path => path.EndsWith("libtorch_cuda.so")))
                InitializeDeviceType(DeviceType.CUDA);
            found.Length.Should().BeGreaterThanOrEqualTo(3);
        }
        finally
        {
            Environment.SetEnvironmentVariable("TORCH_LIB", before);
        }
    }
}
