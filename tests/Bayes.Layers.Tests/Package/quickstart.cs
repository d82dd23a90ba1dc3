#:package Bayes.Layers@0.1.0
#:package libtorch-cpu-linux-x64@2.10.0
#:property PublishAot=false

using Bayes.Layers;
using Bayes.Layers.Training;
using static TorchSharp.torch;

// Two classes of points that overlap: around (-1, -1) and (1, 1).
random.manual_seed(1);
var targets = randint(0, 2, [400, 1], float32);
var inputs = randn(400, 2) + 2 * targets - 1;

var model = new BayesianSequential(new BayesianLinear(2, 16), nn.Tanh(), new BayesianLinear(16, 1));
var loss = ElboLoss.Bernoulli(datasetSize: 400);
new VariationalTrainer(model, loss).Fit(inputs, targets);

// One point amid a class, one between both, and one far from all that was seen.
var points = tensor(new float[,] { { 2, 2 }, { 0, 0 }, { 9, -9 } });
using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 200, seed: 1).forward(points);
for (int i = 0; i < 3; i++)
    Console.WriteLine($"P(y = 1) = {prediction.Mean[i, 0].item<float>():0.00} ± {prediction.EpistemicStddev[i, 0].item<float>():0.00}");
