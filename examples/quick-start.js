import express from 'express';
import { driftMiddleware } from 'leeway/express';

const app = express();
app.use(express.json());
app.use(driftMiddleware({ experiment: 'housing', model: 'california', match: 'POST /predict' }));
app.post('/predict', (req, res) =>
  res.json({ price: 0.4 * req.body.income + 0.1 * req.body.rooms }),
);
app.listen(process.env.PORT ?? 3000);
